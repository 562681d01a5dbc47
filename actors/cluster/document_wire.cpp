#include "actors/cluster/document_wire.hpp"

namespace gateway {

void write_note(WireWriter& writer, const EntryNote& note) {
  writer.signed_number(note.at);
  writer.text(note.by);
  writer.text(note.via);
  writer.text(note.note);
  writer.number(note.summary.size());
  for (const auto& line : note.summary) writer.text(line);
}

EntryNote read_note(WireReader& reader) {
  constexpr auto far = std::int64_t{1} << 53;
  EntryNote note;
  note.at = reader.signed_number(-far, far);
  note.by = reader.text(note_name_bytes_max);
  note.via = reader.text(note_name_bytes_max);
  note.note = reader.text(note_text_bytes_max);
  const auto lines = reader.number(note_lines_max);
  for (std::uint64_t i = 0; i < lines && !reader.failed(); ++i)
    note.summary.emplace_back(reader.text(note_text_bytes_max));
  return note;
}

} // namespace gateway
