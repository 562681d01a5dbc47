#include "persistence/request_scan.hpp"

#include "net/base/json_text.hpp"

#include <algorithm>
#include <fcntl.h>
#include <ranges>

namespace gateway {
namespace {

bool read_exactly(Files& files, int descriptor, std::string& into, std::uint64_t offset) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const auto got =
      files.read(descriptor, into.data() + filled, into.size() - filled, offset + filled);
    if (got <= 0) return false;
    filled += static_cast<std::size_t>(got);
  }
  return true;
}

std::string lower_case(std::string_view text) {
  std::string lower{text};
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

/// A text as it stands between quotes in a line.
std::string as_in_line(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

/// The value of a text field that begins behind `name` at the head of `line`, which it is then
/// taken off; nothing where another field stands there.
std::optional<std::string_view> take_text(std::string_view& line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  std::size_t end = 0;
  while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
  const auto value = line.substr(0, end);
  line.remove_prefix(std::min(line.size(), end + 1));
  return value;
}

} // namespace

std::optional<LoadedBlock> load_block(const RequestIndex& index, const IndexBlockPlace& place) {
  LoadedBlock block;
  if (place.open) {
    block.texts = place.open->texts();
    const auto& rows = place.open->rows();
    block.rows.assign(rows.begin(), rows.begin() + place.head.rows);
    return block;
  }
  auto& files = index.files();
  const Descriptor file{files, files.open(index.index_path(place.file), O_RDONLY, 0)};
  if (!file.is_open()) return std::nullopt;
  block.bytes.resize(place.head.texts_bytes + place.head.rows * sizeof(RequestRow));
  if (!read_exactly(files, file.number(), block.bytes, place.at + sizeof(IndexBlockHead)))
    return std::nullopt;
  const std::string_view bytes = block.bytes;
  auto texts = read_index_texts(place.head, bytes.substr(0, place.head.texts_bytes));
  if (!texts) return std::nullopt;
  block.texts = *std::move(texts);
  if (!read_index_rows(
        place.head,
        bytes.substr(place.head.texts_bytes),
        block.texts.combinations.size(),
        block.rows))
    return std::nullopt;
  return block;
}

Result<bool> RequestScan::step() {
  if (phase_ == Phase::begun) {
    if (auto seen = index_.look(); !seen) return fail(std::move(seen.error()));
    phase_ = Phase::indexing;
  }
  if (phase_ == Phase::indexing) return gather();
  if (phase_ == Phase::over) return false;
  while (!blocks_.empty()) {
    const auto place = std::move(blocks_.back());
    blocks_.pop_back();
    const bool all =
      query_.text.empty() && query_.filter.is_about_outcomes() && is_within(place.head);
    if (meet(place, all) == Verdict::skip) continue;
    if (rows_ >= scan_rows_max || lines_ >= scan_lines_max) {
      end(false);
      return false;
    }
    if (look_at(place)) return true;
    break;
  }
  end(true);
  return false;
}

/// Brings the index up to the log, then takes the blocks that may have what is asked for.
Result<bool> RequestScan::gather() {
  const auto first = day_of(query_.from);
  const auto last = day_of(query_.to - Milliseconds{1});
  GATEWAY_TRY(const bool more, index_.catch_up(first, last));
  if (more) return true;
  for (auto& place : index_.blocks(first, last))
    if (overlaps(place.head) && query_.filter.may_accept(place.head))
      blocks_.push_back(std::move(place));
  if (oldest_first_) std::ranges::reverse(blocks_);
  needle_ = lower_case(as_in_line(query_.text));
  phase_ = Phase::walking;
  return true;
}

bool RequestScan::overlaps(const IndexBlockHead& head) const noexcept {
  return head.last_ended >= milliseconds_since_epoch(query_.from)
    && head.first_ended < milliseconds_since_epoch(query_.to);
}

bool RequestScan::is_within(const IndexBlockHead& head) const noexcept {
  return head.first_ended >= milliseconds_since_epoch(query_.from)
    && head.last_ended < milliseconds_since_epoch(query_.to);
}

bool RequestScan::look_at(const IndexBlockPlace& place) {
  const auto block = load_block(index_, place);
  if (!block) {
    index_.forget(place); // is made again, for who asks next
    return true;
  }
  const auto accepted = query_.filter.accepted(block->texts);
  std::vector<char> asked_for(accepted.size(), query_.text.empty() ? 1 : 0);
  const auto text = lower_case(query_.text);
  for (std::uint32_t i = 0; i < accepted.size() && !text.empty(); ++i) {
    const auto model = lower_case(block->texts.text(i, RequestText::asked_model));
    asked_for[i] = accepted[i] != 0 && model.find(text) != std::string::npos ? 1 : 0;
  }
  const auto from = milliseconds_since_epoch(query_.from);
  const auto to = milliseconds_since_epoch(query_.to);
  journal_.clear();
  const auto count = block->rows.size();
  rows_ += count;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& row = block->rows[oldest_first_ ? i : count - 1 - i];
    last_ = {place.file, place.head.begin + row.offset};
    if (accepted[row.texts] == 0 || row.ended < from || row.ended >= to) continue;
    if (!query_.filter.accepts(row)) continue;
    if (asked_for[row.texts] == 0 && !has_text(place, row)) continue;
    if (!take(last_, row)) return false;
  }
  return true;
}

/// Whether the text is part of the line's ids.
bool RequestScan::has_text(const IndexBlockPlace& place, const RequestRow& row) {
  ++lines_;
  if (journal_.empty()) {
    auto& files = index_.files();
    const Descriptor file{files, files.open(index_.journal_path(place.file), O_RDONLY, 0)};
    journal_.resize(place.head.end - place.head.begin);
    if (!file.is_open() || !read_exactly(files, file.number(), journal_, place.head.begin))
      std::ranges::fill(journal_, ' '); // gone: there is nothing to be found
  }
  auto line = std::string_view(journal_).substr(row.offset);
  line.remove_prefix(std::min(line.size(), line_frame_bytes));
  for (const std::string_view name : {R"("id":")", R"(,"request_id":")"}) {
    const auto value = take_text(line, name);
    if (value && lower_case(*value).find(needle_) != std::string::npos) return true;
  }
  return false;
}

void RequestScan::end(bool whole) {
  phase_ = Phase::over;
  blocks_.clear();
  finish(whole, last_);
}

} // namespace gateway
