#include "net/dialects/splice.hpp"

#include "net/base/json_text.hpp"

#include <algorithm>

namespace gateway {

void Splice::replace(std::size_t begin, std::size_t end, std::string with) {
  changes_.push_back({begin, end, std::move(with)});
}

void Splice::cut(std::span<const BodyField> fields, std::span<const bool> is_cut) {
  // A comma goes with the field behind it, but for those that were the first.
  bool kept_before = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!is_cut[i]) {
      kept_before = true;
    } else if (kept_before) {
      replace(fields[i - 1].value_end, fields[i].value_end, "");
    } else {
      const bool is_last = i + 1 == fields.size();
      replace(fields[i].begin, is_last ? fields[i].value_end : fields[i + 1].begin, "");
    }
  }
}

void Splice::sort() {
  // Nearly always in order already, and sorting takes memory of its own.
  if (!std::ranges::is_sorted(changes_, {}, &Change::begin))
    std::ranges::stable_sort(changes_, {}, &Change::begin);
}

void Splice::write(Body& body) && {
  sort();
  std::size_t done = 0;
  for (auto& change : changes_) {
    body.borrow(text_.substr(done, change.begin - done));
    body.own(std::move(change.with));
    done = change.end;
  }
  body.borrow(text_.substr(done));
}

std::string Splice::text() && {
  sort();
  std::string text;
  text.reserve(text_.size() + 64);
  std::size_t done = 0;
  for (const auto& change : changes_) {
    text.append(text_, done, change.begin - done);
    text += change.with;
    done = change.end;
  }
  return text.append(text_, done);
}

std::string json_name(std::string_view name) {
  std::string text;
  append_json_string(text, name);
  return text += ':';
}

} // namespace gateway
