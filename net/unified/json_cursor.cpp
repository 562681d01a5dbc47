#include "net/unified/json_cursor.hpp"

#include "net/unified/json_scalars.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gateway {
std::string_view fault_text(JsonFault fault) noexcept {
  switch (fault) {
  case JsonFault::none: return "nothing is wrong";
  case JsonFault::empty: return "it is empty";
  case JsonFault::invalid_utf8: return "it is not valid UTF-8";
  case JsonFault::unclosed_string: return "a string is not closed";
  case JsonFault::control_character: return "a string holds a bare control character";
  case JsonFault::bad_escape: return "a string holds a bad escape";
  case JsonFault::bad_token: return "something else was expected here";
  case JsonFault::too_deep: return "it is nested deeper than 64 levels";
  case JsonFault::too_many_fields: return "an object has too many fields";
  case JsonFault::duplicate_name: return "the same name stands twice in an object";
  case JsonFault::too_large: return "it is too large";
  }
  return "";
}

bool JsonCursor::fail(JsonFault fault) noexcept {
  if (fault_ == JsonFault::none) {
    fault_ = fault;
    fault_at_ = begin();
    next_ = count_; // nothing is read any more
  }
  return false;
}

bool JsonCursor::close_names(std::size_t names_before) {
  const auto names = names_.begin() + static_cast<std::ptrdiff_t>(names_before);
  constexpr std::size_t few = 12;
  bool twice = false;
  if (names_.size() - names_before <= few) {
    for (auto one = names; one != names_.end() && !twice; ++one)
      twice = std::find(names, one, *one) != one;
  } else {
    std::sort(names, names_.end());
    twice = std::adjacent_find(names, names_.end()) != names_.end();
  }
  names_.erase(names, names_.end());
  return !twice || fail(JsonFault::duplicate_name);
}

bool JsonCursor::note_name(std::string_view& name) {
  if (has_escapes_ && name.find('\\') != name.npos)
    name = unescaped_.emplace_back(unescape_json(name));
  if (!strict_) return true;
  names_.push_back(name);
  return names_.size() <= json_fields_max || fail(JsonFault::too_many_fields);
}

/// Says what is wrong where no name and colon are next, the name first.
bool JsonCursor::refuse_name(std::string_view& name) {
  return string(name) && fail(JsonFault::bad_token);
}

bool JsonCursor::escapes_are_valid(std::string_view raw) {
  return json_escapes_are_valid(raw) || fail(JsonFault::bad_escape);
}

bool JsonCursor::scalar(std::string_view& raw) {
  if (next_ >= count_) return fail(JsonFault::bad_token);
  const auto from = begin();
  const auto end = token_end();
  raw = text_.substr(from, end - from);
  if (!is_json_number(raw) && raw != "null" && raw != "true" && raw != "false")
    return fail(JsonFault::bad_token);
  end_ = end;
  ++next_;
  return true;
}

bool JsonCursor::skip(std::string_view& raw) {
  const auto from = begin();
  if (!skip()) return false;
  raw = text_.substr(from, end_ - from);
  return true;
}

bool JsonCursor::skip() {
  std::string_view ignored;
  if (peek() != '{' && peek() != '[') return peek() == '"' ? string(ignored) : scalar(ignored);
  static_assert(json_levels_max <= 64, "a bit per level");
  std::uint64_t objects = 0; // bit n: level n is an object
  const auto outside = depth_;
  while (true) {
    // A value is due.
    const char first = peek();
    if (first == '{' || first == '[') {
      if (!open(first)) return false;
      const auto level = std::uint64_t{1} << (depth_ - 1);
      objects = first == '{' ? objects | level : objects & ~level;
      if (!take(first == '{' ? '}' : ']')) {
        if (first == '{' && !skip_name()) return false;
        continue;
      }
      --depth_;
    } else if (!(first == '"' ? string(ignored) : scalar(ignored))) {
      return false;
    }
    // A value is over, and with it perhaps those around it.
    while (depth_ != outside) {
      const bool in_object = (objects >> (depth_ - 1) & 1) != 0;
      if (take(',')) {
        if (in_object && !skip_name()) return false;
        break;
      }
      if (!expect(in_object ? '}' : ']')) return false;
      --depth_;
    }
    if (depth_ == outside) return true;
  }
}

} // namespace gateway
