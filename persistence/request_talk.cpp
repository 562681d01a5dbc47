#include "persistence/request_talk.hpp"

#include "persistence/packed_bytes.hpp"
#include "persistence/record_line.hpp"

namespace gateway {
namespace {

Failed odd() {
  return fail(ErrorKind::invalid_value, "a word about requests that can't be read");
}

void append_time(std::string& out, WallTime at) {
  append_packed_signed(out, milliseconds_since_epoch(at));
}

WallTime read_time(PackedReader& reader) {
  return WallTime{Milliseconds{reader.signed_number()}};
}

void append_query(std::string& out, const RequestQuery& query) {
  append_time(out, query.from);
  append_time(out, query.to);
  const auto& conditions = query.filter.conditions();
  append_packed(out, conditions.size());
  for (const auto& condition : conditions) append_packed_text(out, condition);
  append_packed_text(out, query.text);
}

Result<RequestQuery> read_query(PackedReader& reader) {
  RequestQuery query;
  query.from = read_time(reader);
  query.to = read_time(reader);
  const auto conditions = reader.number();
  if (conditions > filter_conditions_max) return odd();
  for (std::uint64_t i = 0; i < conditions; ++i)
    if (auto added = query.filter.add(reader.text()); !added) return fail(std::move(added.error()));
  query.text = reader.text();
  if (!reader.ok()) return odd();
  return query;
}

void append_grid(std::string& out, const UsageGrid& grid) {
  append_time(out, grid.from);
  append_packed(out, static_cast<std::uint64_t>(grid.step.count()));
  append_packed(out, grid.steps);
}

Result<UsageGrid> read_grid(PackedReader& reader) {
  const auto from = read_time(reader);
  const auto step = reader.number();
  const auto steps = reader.number();
  constexpr std::uint64_t step_max = 365ULL * 86'400'000;
  if (!reader.ok() || step == 0 || step > step_max || steps > series_points_max) return odd();
  return UsageGrid{from, Milliseconds{static_cast<std::int64_t>(step)}, steps};
}

/// Nothing where there is none.
void append_cursor(std::string& out, const std::optional<RequestCursor>& cursor) {
  append_packed_text(out, cursor ? cursor_text(*cursor) : "");
}

bool read_cursor_text(PackedReader& reader, std::optional<RequestCursor>& cursor) {
  const auto text = reader.text();
  if (text.empty()) return reader.ok();
  cursor = read_cursor(text);
  return cursor.has_value();
}

void append_record(std::string& out, const RequestRecord& record) {
  std::string line;
  append_record_line(line, record);
  append_packed_text(out, line);
}

std::optional<RequestRecord> read_record(PackedReader& from, RecordReader& reader) {
  auto line = from.text();
  if (line.ends_with('\n')) line.remove_suffix(1);
  return check_line(line) ? reader.read(line) : std::nullopt;
}

} // namespace

std::string encode_page_question(const RequestPaging::Wanted& wanted) {
  std::string out;
  append_query(out, wanted.query);
  append_packed(out, static_cast<std::uint64_t>(wanted.order.by));
  append_packed(out, wanted.order.ascending ? 1 : 0);
  append_packed(out, wanted.limit);
  append_cursor(out, wanted.behind);
  return out;
}

Result<RequestPaging::Wanted> decode_page_question(std::string_view bytes) {
  PackedReader reader{bytes};
  RequestPaging::Wanted wanted;
  GATEWAY_TRY(wanted.query, read_query(reader));
  const auto by = reader.number();
  wanted.order.ascending = reader.number() == 1;
  wanted.limit = reader.number();
  if (by > static_cast<std::uint64_t>(RequestOrder::By::cost_n) || wanted.limit > request_page_max)
    return odd();
  wanted.order.by = static_cast<RequestOrder::By>(by);
  if (!read_cursor_text(reader, wanted.behind) || !reader.at_end()) return odd();
  return wanted;
}

std::string encode_page(const RequestPage& page) {
  std::string out;
  append_packed_count(out, page.count);
  append_cursor(out, page.next);
  append_packed(out, page.items.size());
  for (std::size_t i = 0; i < page.items.size(); ++i) {
    append_record(out, page.items[i]);
    append_cursor(out, page.ends[i]);
  }
  return out;
}

Result<RequestPage> decode_page(std::string_view bytes) {
  PackedReader reader{bytes};
  RequestPage page;
  page.count = read_packed_count(reader);
  if (!read_cursor_text(reader, page.next)) return odd();
  const auto items = reader.number();
  if (items > request_page_max) return odd();
  RecordReader lines;
  for (std::uint64_t i = 0; i < items; ++i) {
    auto record = read_record(reader, lines);
    std::optional<RequestCursor> end;
    if (!record || !read_cursor_text(reader, end) || !end) return odd();
    page.items.push_back(*std::move(record));
    page.ends.push_back(*end);
  }
  if (!reader.at_end()) return odd();
  return page;
}

std::string encode_histogram_question(const HistogramQuestion& question) {
  std::string out;
  append_query(out, question.query);
  append_grid(out, question.grid);
  return out;
}

Result<HistogramQuestion> decode_histogram_question(std::string_view bytes) {
  PackedReader reader{bytes};
  HistogramQuestion question;
  GATEWAY_TRY(question.query, read_query(reader));
  GATEWAY_TRY(question.grid, read_grid(reader));
  if (!reader.at_end()) return odd();
  return question;
}

std::string encode_histogram(const RequestHistogram& histogram) {
  std::string out;
  append_grid(out, histogram.grid);
  append_packed_count(out, histogram.count);
  for (const auto& bin : histogram.bins)
    for (const auto requests : bin) append_packed(out, requests);
  return out;
}

Result<RequestHistogram> decode_histogram(std::string_view bytes) {
  PackedReader reader{bytes};
  RequestHistogram histogram;
  GATEWAY_TRY(histogram.grid, read_grid(reader));
  histogram.count = read_packed_count(reader);
  histogram.bins.resize(histogram.grid.steps);
  for (auto& bin : histogram.bins)
    for (auto& requests : bin) requests = reader.number();
  if (!reader.ok() || !reader.at_end()) return odd();
  return histogram;
}

std::string encode_found(const FoundRequest& found) {
  std::string out;
  append_packed(out, found.record ? 1 : 0);
  if (found.record) append_record(out, *found.record);
  append_packed_text(out, found.trace);
  return out;
}

Result<FoundRequest> decode_found(std::string_view bytes) {
  PackedReader reader{bytes};
  FoundRequest found;
  if (reader.number() == 1) {
    RecordReader lines;
    found.record = read_record(reader, lines);
    if (!found.record) return odd();
  }
  found.trace = reader.text();
  if (!reader.ok() || !reader.at_end()) return odd();
  return found;
}

} // namespace gateway
