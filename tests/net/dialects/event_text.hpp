#pragma once

#include "net/unified/event.hpp"

#include <string>
#include <vector>

/// Events as lines a test can write down.
namespace gateway {

inline std::string kind_text(Block::Kind kind) {
  constexpr const char* names[] = {
    "text", "image", "audio", "file", "tool_call", "tool_result", "reasoning", "refusal"};
  return names[static_cast<int>(kind)];
}

inline std::string usage_text(const Usage& usage) {
  if (!usage.known) return "unknown";
  return "in=" + std::to_string(usage.input) + " cached=" + std::to_string(usage.cached_input)
    + " written=" + std::to_string(usage.cache_write) + " out=" + std::to_string(usage.output)
    + " reasoning=" + std::to_string(usage.reasoning);
}

inline std::string event_text(const StreamEvent& event) {
  using Kind = StreamEvent::Kind;
  constexpr const char* finishes[] = {"none", "stop", "length", "tool_calls", "content_filter"};
  const auto where = std::to_string(event.choice) + "." + std::to_string(event.block) + " "
    + kind_text(event.block_kind);
  switch (event.kind) {
  case Kind::start: return "start " + event.id + " " + event.name;
  case Kind::block_start:
    return "begin " + where + (event.name.empty() ? "" : " " + event.id + " " + event.name);
  case Kind::block_delta:
    return "delta " + where + " |" + event.text + "|"
      + (event.logprobs.empty() ? "" : " " + event.logprobs);
  case Kind::signature: return "signature " + where + " " + event.text;
  case Kind::redacted: return "redacted " + where + " " + event.text;
  case Kind::block_stop: return "stop " + where;
  case Kind::finish:
    return "finish " + std::to_string(event.choice) + " "
      + finishes[static_cast<int>(event.finish)];
  case Kind::usage: return "usage " + usage_text(event.usage);
  case Kind::error: return "error " + std::to_string(static_cast<int>(event.failure->kind));
  case Kind::end: return "end";
  }
  return "";
}

inline std::string events_text(const std::vector<StreamEvent>& events) {
  std::string text;
  for (const auto& event : events) text += event_text(event) + "\n";
  return text;
}

} // namespace gateway
