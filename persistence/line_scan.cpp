#include "persistence/line_scan.hpp"

#include "persistence/record_line.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::size_t block_bytes = 1024 * 1024;
static_assert(block_bytes >= line_bytes_max);

Failed read_failed(std::int64_t result) {
  return fail(ErrorKind::storage_unavailable, "read a file of the store: " + errno_text(result));
}

} // namespace

Result<std::optional<ScannedLine>> LineScan::next() {
  std::size_t searched = 0;
  for (;;) {
    const auto rest = std::string_view(block_).substr(taken_);
    const auto line_end = rest.find('\n', searched);
    const bool ended = line_end != std::string_view::npos;
    if (ended || rest.size() >= line_bytes_max) {
      ScannedLine line;
      line.text = rest.substr(0, ended ? line_end : rest.size());
      line.begin = at_ + taken_;
      taken_ += line.text.size() + (ended ? 1 : 0);
      line.end = at_ + taken_;
      line.ended = ended;
      return std::optional{line};
    }
    searched = rest.size();
    const auto before = rest.size();
    if (auto read = read_more(); !read) return fail(std::move(read.error()));
    if (block_.size() > before) continue;
    if (block_.empty()) return std::optional<ScannedLine>{};
    taken_ = block_.size();
    return std::optional{ScannedLine{block_, at_, at_ + block_.size(), false}};
  }
}

/// Afterwards the block begins with what was not taken.
Result<void> LineScan::read_more() {
  block_.erase(0, taken_);
  at_ += taken_;
  taken_ = 0;
  const auto kept = block_.size();
  const auto from = at_ + kept;
  const auto wanted =
    static_cast<std::size_t>(std::min<std::uint64_t>(block_bytes, end_ > from ? end_ - from : 0));
  block_.resize(kept + wanted);
  const auto got = wanted == 0 ? 0 : files_.read(descriptor_, block_.data() + kept, wanted, from);
  block_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) return read_failed(got);
  return {};
}

Result<std::optional<ScannedLine>> BackwardScan::next() {
  for (;;) {
    const auto rest = std::string_view(block_).substr(0, left_);
    const bool ended = rest.ends_with('\n');
    const auto line_end = rest.size() - (ended ? 1 : 0);
    const auto before = line_end == 0 ? std::string_view::npos : rest.rfind('\n', line_end - 1);
    const bool found = before != std::string_view::npos && before < line_end;
    const bool too_long = !found && rest.size() > line_bytes_max;
    if (found || too_long || begin_ == 0) {
      if (rest.empty()) return std::optional<ScannedLine>{};
      ScannedLine line;
      const auto start = found ? before + 1 : 0;
      line.text = rest.substr(start, line_end - start);
      line.begin = begin_ + start;
      line.end = begin_ + left_;
      line.ended = ended && !too_long;
      left_ = start;
      return std::optional{line};
    }
    if (auto read = read_more(); !read) return fail(std::move(read.error()));
  }
}

/// Puts the bytes before the block in front of what was not handed out.
Result<void> BackwardScan::read_more() {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block_bytes, begin_));
  std::string earlier(wanted, '\0');
  std::size_t filled = 0;
  while (filled < wanted) {
    const auto got =
      files_.read(descriptor_, earlier.data() + filled, wanted - filled, begin_ - wanted + filled);
    if (got < 0) return read_failed(got);
    if (got == 0) break; // it was cut meanwhile: the zeros are no line
    filled += static_cast<std::size_t>(got);
  }
  earlier.append(block_, 0, left_);
  block_ = std::move(earlier);
  left_ = block_.size();
  begin_ -= wanted;
  return {};
}

} // namespace gateway
