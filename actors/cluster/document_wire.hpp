#pragma once

#include "actors/cluster/document_entry.hpp"
#include "actors/cluster/wire.hpp"

namespace gateway {

/// A note, as entries and the state that they lead to are written with it.
void write_note(WireWriter& writer, const EntryNote& note);
EntryNote read_note(WireReader& reader);

constexpr std::size_t note_name_bytes_max = 256; // who made it, and how
constexpr std::size_t note_text_bytes_max = 4'096;
constexpr std::size_t note_lines_max = 500;

} // namespace gateway
