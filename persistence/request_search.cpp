#include "persistence/request_search.hpp"

#include "persistence/record_line.hpp"
#include "persistence/request_id.hpp"

#include <algorithm>
#include <charconv>
#include <fcntl.h>

namespace gateway {
namespace {

/// Takes a number and the point behind it off the head of the text.
template <class Number>
bool take_number(std::string_view& text, Number& number) noexcept {
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  if (text.starts_with('.')) text.remove_prefix(1);
  return true;
}

} // namespace

std::optional<RequestOrder> read_order(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 7> names{
    "t", "attempts", "tokens_in", "tokens_out", "ttft_ms", "latency_ms", "cost_n"};
  RequestOrder order;
  order.ascending = !text.starts_with('-');
  if (!order.ascending) text.remove_prefix(1);
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  order.by = static_cast<RequestOrder::By>(found - names.begin());
  return order;
}

std::string cursor_text(const RequestCursor& cursor) {
  auto text = day_text(cursor.last.file.day);
  for (const auto number :
       {static_cast<std::uint64_t>(cursor.last.file.part), cursor.last.offset, cursor.count.value})
    text += "." + std::to_string(number);
  if (cursor.rank) text += "." + std::to_string(*cursor.rank);
  if (cursor.count.exact) text += 'x';
  return text;
}

std::optional<RequestCursor> read_cursor(std::string_view text) noexcept {
  constexpr std::size_t day_bytes = 10;
  RequestCursor cursor;
  const auto day = read_day(text.substr(0, day_bytes));
  if (!day || text.size() <= day_bytes + 1) return std::nullopt;
  cursor.last.file.day = *day;
  text.remove_prefix(day_bytes + 1);
  cursor.count.exact = text.ends_with('x');
  if (cursor.count.exact) text.remove_suffix(1);
  const bool placed = take_number(text, cursor.last.file.part)
    && take_number(text, cursor.last.offset) && take_number(text, cursor.count.value);
  if (!placed) return std::nullopt;
  if (!text.empty() && !take_number(text, cursor.rank.emplace())) return std::nullopt;
  return text.empty() ? std::optional{cursor} : std::nullopt;
}

std::optional<RequestRecord> RequestLines::read(const RequestPlace& place) {
  constexpr std::size_t usual_bytes = 2'048;
  auto& files = index_.files();
  if (name_ != place.file) {
    file_ = Descriptor{files, files.open(index_.journal_path(place.file), O_RDONLY, 0)};
    name_ = place.file;
  }
  if (!file_.is_open()) return std::nullopt;
  for (const auto bytes : {usual_bytes, line_bytes_max}) {
    text_.resize(bytes);
    const auto got = files.read(file_.number(), text_.data(), text_.size(), place.offset);
    const auto read =
      std::string_view(text_).substr(0, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    const auto line = read.substr(0, read.find('\n'));
    if (line.size() == read.size()) continue; // its end is not there
    return check_line(line) ? reader_.read(line) : std::nullopt;
  }
  return std::nullopt;
}

RequestPaging::RequestPaging(RequestIndex& index, Wanted wanted)
    : RequestScan(index, std::move(wanted.query), wanted.order.ascending), limit_(wanted.limit) {
  if (!wanted.behind) return;
  behind_ = wanted.behind->last;
  page_.count = wanted.behind->count;
  counting_ = false;
}

bool RequestPaging::is_behind(const RequestPlace& place) const noexcept {
  if (!behind_) return true;
  return oldest_first() ? place > *behind_ : place < *behind_;
}

/// False where no more need be counted.
bool RequestPaging::add_to_count(std::uint64_t requests) noexcept {
  page_.count.value += requests;
  if (page_.count.value <= request_count_max) return true;
  page_.count = {request_count_max, false};
  counting_ = false;
  return false;
}

RequestScan::Verdict RequestPaging::meet(const IndexBlockPlace& block, bool all) {
  if (!settled_ && behind_) behind_ = index().settled(*behind_);
  settled_ = true;
  const bool has_enough = found_.size() > limit_;
  if (has_enough && !counting_) return Verdict::skip;
  if (has_enough && all) {
    for (std::size_t i = 0; i < block.head.outcomes.size() && counting_; ++i)
      if (query().filter.accepts(static_cast<Outcome>(i))) add_to_count(block.head.outcomes[i]);
    return Verdict::skip;
  }
  // Nobody counts once a cursor is there, so what lies before it need not be looked at.
  const RequestPlace first{block.file, block.head.begin};
  const RequestPlace last{block.file, block.head.end - 1};
  return is_behind(oldest_first() ? last : first) ? Verdict::look : Verdict::skip;
}

bool RequestPaging::take(const RequestPlace& place, const RequestRow&) {
  if (!is_behind(place)) return true;
  if (found_.size() <= limit_) found_.push_back(place);
  if (counting_) add_to_count(1);
  return counting_ || found_.size() <= limit_;
}

void RequestPaging::finish(bool whole, const RequestPlace& last) {
  if (!whole && counting_) page_.count.exact = false;
  const bool more = found_.size() > limit_;
  if (more) found_.resize(limit_);
  if (more)
    page_.next = RequestCursor{found_.back(), page_.count};
  else if (!whole)
    page_.next = RequestCursor{last, page_.count};
  RequestLines lines{index()};
  for (const auto& place : found_) {
    auto record = lines.read(place);
    if (!record) continue;
    page_.items.push_back(*std::move(record));
    page_.ends.push_back({place, page_.count});
  }
}

RequestCounting::RequestCounting(RequestIndex& index, RequestQuery query, const UsageGrid& grid)
    : RequestScan(index, std::move(query), false) {
  histogram_.grid = grid;
  histogram_.bins.resize(grid.steps);
}

RequestScan::Verdict RequestCounting::meet(const IndexBlockPlace& block, bool all) {
  const auto& grid = histogram_.grid;
  const auto bin = [&](std::int64_t at) { return grid.index_of(WallTime{Milliseconds{at}}); };
  if (!all || bin(block.head.first_ended) != bin(block.head.last_ended)) return Verdict::look;
  auto& counts = histogram_.bins[bin(block.head.first_ended)];
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (query().filter.accepts(static_cast<Outcome>(i))) counts[i] += block.head.outcomes[i];
  return Verdict::skip;
}

bool RequestCounting::take(const RequestPlace&, const RequestRow& row) {
  const auto bin = histogram_.grid.index_of(WallTime{Milliseconds{row.ended}});
  ++histogram_.bins[bin][static_cast<std::size_t>(row.outcome)];
  return true;
}

void RequestCounting::finish(bool whole, const RequestPlace&) {
  auto& count = histogram_.count;
  for (const auto& bin : histogram_.bins)
    for (const auto requests : bin) count.value += requests;
  count.exact = whole && count.value <= request_count_max;
  count.value = std::min(count.value, request_count_max);
}

RequestLookup::RequestLookup(RequestIndex& index, std::string id)
    : index_(index), id_(std::move(id)), hash_(text_hash(id_)), started_(request_id_time(id_)) {}

Result<bool> RequestLookup::step() {
  if (!begun_) {
    if (auto seen = index_.look(); !seen) return fail(std::move(seen.error()));
    days_ = index_.days();
    begun_ = true;
  }
  if (!blocks_.empty()) {
    const auto place = std::move(blocks_.back());
    blocks_.pop_back();
    return !(may_have(place.head) && look_at(place));
  }
  if (!next_day()) return false;
  const auto day = days_.back();
  GATEWAY_TRY(const bool more, index_.catch_up(day, day));
  if (more) return true;
  blocks_ = index_.blocks(day, day);
  days_.pop_back();
  return true;
}

/// Whether there is a day left to look at.
bool RequestLookup::next_day() {
  // No request is in the file of a day before it began.
  const bool earlier =
    started_ && !days_.empty() && day_of(WallTime{Milliseconds{*started_}}) > days_.back();
  if (!days_.empty() && !earlier) return true;
  if (!started_) return false;
  // Not where its time says: a client may have sent another gateway's id as its own.
  started_.reset();
  days_ = index_.days();
  return !days_.empty();
}

bool RequestLookup::may_have(const IndexBlockHead& head) const noexcept {
  return !started_ || (head.first_started <= *started_ && *started_ <= head.last_started);
}

bool RequestLookup::look_at(const IndexBlockPlace& place) {
  const auto block = load_block(index_, place);
  if (!block) {
    index_.forget(place);
    return false;
  }
  RequestLines lines{index_};
  for (auto row = block->rows.rbegin(); row != block->rows.rend(); ++row) {
    if (row->id_hash != hash_ && row->request_hash != hash_) continue;
    auto record = lines.read({place.file, place.head.begin + row->offset});
    if (!record || (record->id != id_ && record->request_id != id_)) continue;
    found_ = std::move(record);
    return true;
  }
  return false;
}

} // namespace gateway
