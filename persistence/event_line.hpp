#pragma once

#include "persistence/event_record.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// A text of an event is cut there, at a character's boundary.
constexpr std::size_t event_text_bytes_max = 2'000;

/// Appends the event as a framed line, newline included. Left out is what is empty.
void append_event_line(std::string& out, const EventRecord& event);

/// The event of a line that check_line passed; nothing where it is none.
std::optional<EventRecord> read_event_line(std::string_view line);

} // namespace gateway
