#pragma once

#include "net/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// What an event is about: the words of `kind` in GET /admin/v1/events.
enum class EventKind : std::uint8_t {
  sign_in,
  sign_in_refused,
  sign_out,
  config,   // a version of the document came into force
  provider, // an admin did something to one
  cooldown, // of a provider: it began or ended
  node,     // started, stopped
  replay,   // an admin began or ended one
};

/// Something that people may want to know later: what an admin did, or what happened by itself.
/// Names and sentences only: no key, code or cookie is ever in one.
struct EventRecord {
  WallTime at{};
  std::string node = {};
  EventKind kind = EventKind::node;
  std::string by = {};     // an admin's name; "" for what happened by itself
  std::string role = {};   // that admin's then
  std::string text = {};   // a sentence for people
  std::string ref = {};    // a provider's name, a version, a session's id
  std::string client = {}; // the address of the one who asked
  std::optional<WallTime> until = {};
};

/// The enumerator's own name, and back.
std::string_view event_kind_text(EventKind kind) noexcept;
std::optional<EventKind> read_event_kind(std::string_view text) noexcept;

} // namespace gateway
