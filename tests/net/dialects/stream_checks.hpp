#pragma once

#include "net/dialects/dialect.hpp"
#include "tests/sanitized.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

/// Reads streamed bodies whole, split, cut and spoilt.
namespace gateway {

inline constexpr std::array<const char*, 8> block_kinds{
  "text", "image", "audio", "file", "tool_call", "tool_result", "reasoning", "refusal"};
inline constexpr std::array<const char*, 5> finishes{
  "none", "stop", "length", "tool_calls", "content_filter"};
inline constexpr std::array<const char*, 13> failures{
  "rate_limited",
  "quota_exhausted",
  "overloaded",
  "timed_out",
  "network",
  "server_error",
  "credentials",
  "model_not_found",
  "context_too_long",
  "content_filtered",
  "bad_request",
  "request_too_large",
  "invalid_answer"};

template <class Names, class Kind>
std::string name_in(const Names& names, Kind kind) {
  return names.at(static_cast<std::size_t>(kind));
}

inline std::string place_of(const StreamEvent& event) {
  return std::to_string(event.choice) + "/" + std::to_string(event.block) + " ";
}

inline std::string usage_line(const Usage& usage) {
  return "usage in=" + std::to_string(usage.input) + " cached=" + std::to_string(usage.cached_input)
    + " written=" + std::to_string(usage.cache_write) + " out=" + std::to_string(usage.output)
    + " reasoning=" + std::to_string(usage.reasoning);
}

inline bool ends(const StreamEvent& event) {
  return event.kind == StreamEvent::Kind::end || event.kind == StreamEvent::Kind::error;
}

/// Reads a body whole; exactly its last event may be an end.
inline std::vector<StreamEvent> read_whole(const Dialect& dialect, std::string_view body) {
  const auto reader = dialect.event_reader(Target{});
  std::vector<StreamEvent> events;
  reader->feed(body, events);
  reader->finish(events);
  REQUIRE_FALSE(events.empty());
  for (std::size_t i = 0; i < events.size(); ++i)
    REQUIRE(ends(events[i]) == (i + 1 == events.size()));
  return events;
}

/// An event on one line, with what its kind has.
inline std::string line_of(const StreamEvent& event) {
  switch (event.kind) {
  case StreamEvent::Kind::start: return "start " + event.id + " " + event.name;
  case StreamEvent::Kind::block_start: {
    auto line = place_of(event) + "begins " + name_in(block_kinds, event.block_kind);
    return event.id.empty() && event.name.empty() ? line : line + " " + event.id + " " + event.name;
  }
  case StreamEvent::Kind::block_delta:
    return place_of(event) + name_in(block_kinds, event.block_kind) + ": " + event.text
      + (event.logprobs.empty() ? "" : " " + event.logprobs);
  case StreamEvent::Kind::signature: return place_of(event) + "signed " + event.text;
  case StreamEvent::Kind::redacted: return place_of(event) + "hides " + event.text;
  case StreamEvent::Kind::block_stop: return place_of(event) + "stops";
  case StreamEvent::Kind::finish:
    return std::to_string(event.choice) + " finishes " + name_in(finishes, event.finish);
  case StreamEvent::Kind::usage: return usage_line(event.usage);
  case StreamEvent::Kind::error:
    return "error " + name_in(failures, event.failure.value().kind) + " "
      + std::to_string(event.failure->status);
  case StreamEvent::Kind::end: return "end";
  }
  return "";
}

using Lines = std::vector<std::string>;

/// The events of a body that arrives in these pieces.
inline Lines events_of(const Dialect& dialect, const std::vector<std::string_view>& pieces) {
  const auto reader = dialect.event_reader(Target{});
  std::vector<StreamEvent> events;
  for (const auto piece : pieces) reader->feed(piece, events);
  reader->finish(events);
  Lines lines;
  for (const auto& event : events) lines.push_back(line_of(event));
  return lines;
}

/// Reads `body` whole, at each of its two-way splits and byte by byte: the same events each time.
inline void
check_at_every_split(const Dialect& dialect, std::string_view body, const Lines& expected) {
  CHECK(events_of(dialect, {body}) == expected);
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < body.size(); ++at) bytes.push_back(body.substr(at, 1));
  for (std::size_t at = 0; at < body.size(); at += testing::stride) {
    CAPTURE(at);
    REQUIRE(events_of(dialect, {body.substr(0, at), body.substr(at)}) == expected);
  }
  CHECK(events_of(dialect, bytes) == expected);
}

/// Cuts `body` before each of its bytes: an error ends what was cut before `whole_from`.
inline void check_every_cut(const Dialect& dialect, std::string_view body, std::size_t whole_from) {
  for (std::size_t at = 0; at < body.size(); ++at) {
    CAPTURE(at);
    const auto events = read_whole(dialect, body.substr(0, at));
    REQUIRE((events.back().kind == StreamEvent::Kind::error) == (at < whole_from));
  }
}

/// Changes, cuts out and doubles bytes of `body` at random, the same way each time, and has each
/// spoilt text read.
template <class Read>
void check_mutated(std::string_view body, Read read) {
  constexpr std::string_view marks = "{}[]\",:0a\\n\r\n \xC3-";
  std::mt19937 random{20261124};
  for (int round = 0; round < 1000; ++round) {
    std::string mutated{body};
    for (auto changes = 1 + random() % 4; changes > 0 && !mutated.empty(); --changes) {
      const auto at = random() % mutated.size();
      const auto length = std::min<std::size_t>(random() % 40, mutated.size() - at);
      switch (random() % 4) {
      case 0: mutated[at] = marks[random() % marks.size()]; break;
      case 1: mutated[at] = static_cast<char>(random() % 256); break;
      case 2: mutated.erase(at, length); break;
      default: mutated.insert(random() % mutated.size(), mutated.substr(at, length));
      }
    }
    CAPTURE(round, mutated);
    read(std::string_view{mutated});
  }
}

/// Nothing may crash on a spoilt stream, and each ends in one error or end.
inline void check_spoilt_streams(const Dialect& dialect, std::string_view body) {
  check_mutated(body, [&](std::string_view mutated) { read_whole(dialect, mutated); });
}

} // namespace gateway
