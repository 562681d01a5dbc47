#include "actors/cluster/document_entry.hpp"

#include "actors/cluster/document_wire.hpp"
#include "actors/cluster/record_wire.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::uint8_t version = 1;

Failed malformed() {
  return fail(ErrorKind::invalid_value, "an entry of the document log is malformed");
}

} // namespace

TextSplice splice_of(std::string_view before, std::string_view after) {
  const auto differs = std::ranges::mismatch(before, after);
  const auto front = static_cast<std::size_t>(differs.in1 - before.begin());
  const auto most = std::min(before.size(), after.size()) - front;
  std::size_t back = 0;
  while (back < most && before[before.size() - back - 1] == after[after.size() - back - 1]) ++back;
  return {front, back, std::string{after.substr(front, after.size() - front - back)}};
}

Result<std::string> spliced(std::string_view before, const TextSplice& splice) {
  if (splice.front > before.size() || splice.back > before.size() - splice.front)
    return malformed();
  std::string after{before.substr(0, splice.front)};
  after += splice.middle;
  after += before.substr(before.size() - splice.back);
  if (after.size() > document_bytes_max)
    return fail(ErrorKind::invalid_value, "the document would be too long");
  return after;
}

std::string encode(const DocumentEntry& entry) {
  WireWriter writer;
  writer.byte(version);
  writer.number(entry.proposal);
  writer.byte(entry.edit ? 1 : 0);
  if (entry.edit) {
    writer.number(entry.edit->base);
    writer.number(entry.edit->least);
    writer.number(entry.edit->splice.front);
    writer.number(entry.edit->splice.back);
    writer.text(entry.edit->splice.middle);
    write_note(writer, entry.edit->note);
  }
  writer.number(entry.record.size());
  for (const auto& one : entry.record) writer.text(encode(one));
  return writer.take();
}

Result<DocumentEntry> decode_document_entry(std::string_view bytes) {
  WireReader reader{bytes};
  if (reader.byte() != version) return malformed();
  DocumentEntry entry;
  entry.proposal = reader.number();
  const auto has_edit = reader.byte();
  if (has_edit > 1) return malformed();
  if (has_edit == 1) {
    auto& edit = entry.edit.emplace();
    edit.base = reader.number();
    edit.least = reader.number();
    edit.splice.front = reader.number(document_bytes_max);
    edit.splice.back = reader.number(document_bytes_max);
    edit.splice.middle = reader.text(document_bytes_max);
    edit.note = read_note(reader);
  }
  const auto count = reader.number(record_entries_max);
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    auto one = decode_cluster_entry(reader.text(reader.left()));
    if (!one) return malformed();
    entry.record.push_back(*std::move(one));
  }
  const bool says_nothing = !entry.edit && entry.record.empty();
  if (!reader.at_end() || says_nothing) return malformed();
  return entry;
}

} // namespace gateway
