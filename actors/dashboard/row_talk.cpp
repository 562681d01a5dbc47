#include "actors/dashboard/row_talk.hpp"

#include "actors/cluster/wire.hpp"
#include "persistence/record_line.hpp"

#include <limits>

namespace gateway {
namespace {

constexpr std::uint64_t layout = 1;
constexpr std::size_t condition_bytes_max = 8 * 1'024;

Failed odd() {
  return fail(ErrorKind::invalid_value, "a word on requests that can't be read");
}

void put(WireWriter& out, const RowsMark& mark) {
  out.number(layout);
  out.number(mark.life);
  out.number(mark.next);
}

RowsMark read_mark(WireReader& reader) {
  if (reader.number() != layout) reader.fail();
  RowsMark mark;
  mark.life = reader.number();
  mark.next = reader.number();
  return mark;
}

RequestFilter read_filter(WireReader& reader) {
  RequestFilter filter;
  for (auto left = reader.number(filter_conditions_max); left > 0 && !reader.failed(); --left)
    if (!filter.add(std::string{reader.text(condition_bytes_max)})) reader.fail();
  return filter;
}

} // namespace

void RowsWish::add(const RowsWish& other) {
  failovers = failovers || other.failovers;
  for (const auto& filter : other.filters)
    if (filters.size() < filters_max) filters.push_back(filter);
}

std::string encode_rows_question(const RowsQuestion& question) {
  WireWriter out;
  put(out, question.mark);
  out.byte(question.wish.failovers ? 1 : 0);
  out.number(question.wish.filters.size());
  for (const auto& filter : question.wish.filters) {
    out.number(filter.conditions().size());
    for (const auto& condition : filter.conditions()) out.text(condition);
  }
  return out.take();
}

Result<RowsQuestion> decode_rows_question(std::string_view bytes) {
  WireReader reader{bytes};
  RowsQuestion question;
  question.mark = read_mark(reader);
  question.wish.failovers = reader.byte() == 1;
  for (auto left = reader.number(RowsWish::filters_max); left > 0 && !reader.failed(); --left)
    question.wish.filters.push_back(read_filter(reader));
  if (!reader.at_end()) return odd();
  return question;
}

std::string encode_rows(const RowsTold& told) {
  WireWriter out;
  put(out, told.mark);
  out.signed_number(told.left_out);
  out.number(told.records.size());
  for (const auto& record : told.records) {
    std::string line;
    append_record_line(line, record);
    line.pop_back();
    out.text(line);
  }
  return out.take();
}

Result<RowsTold> decode_rows(std::string_view bytes) {
  WireReader reader{bytes};
  RecordReader lines;
  RowsTold told;
  told.mark = read_mark(reader);
  told.left_out = reader.signed_number(0, std::numeric_limits<std::int64_t>::max());
  for (auto left = reader.number(RowsTold::records_max); left > 0 && !reader.failed(); --left) {
    const auto line = reader.text(bytes.size());
    auto record = check_line(line) ? lines.read(line) : std::nullopt;
    if (!record) return odd();
    told.records.push_back(*std::move(record));
  }
  if (!reader.at_end()) return odd();
  return told;
}

} // namespace gateway
