#include "actors/dashboard/live_event.hpp"

#include <charconv>

namespace gateway {

std::string_view name_of(LiveEvent::Kind kind) noexcept {
  using Kind = LiveEvent::Kind;
  switch (kind) {
  case Kind::tick: return "tick";
  case Kind::health: return "health";
  case Kind::share: return "share";
  case Kind::failover: return "failover";
  case Kind::request: return "request";
  case Kind::attention: return "attention";
  case Kind::node: return "node";
  case Kind::config: return "config";
  case Kind::budget: return "budget";
  }
  return "tick";
}

bool wants(const StreamTopics& topics, const LiveEvent& event) noexcept {
  using Kind = LiveEvent::Kind;
  switch (event.kind) {
  case Kind::tick: return topics.tick;
  case Kind::attention: return topics.attention;
  case Kind::failover: return topics.failover;
  case Kind::request: return topics.request && topics.filter_text == event.about;
  case Kind::share: return topics.shares.contains(event.about);
  case Kind::health:
  case Kind::node:
  case Kind::config:
  case Kind::budget: return true;
  }
  return false;
}

std::string event_text(std::string_view name, std::string_view json) {
  std::string text = "event: ";
  text += name;
  text += "\ndata: ";
  text += json;
  text += "\n\n";
  return text;
}

std::string id_line(std::string_view epoch, std::uint64_t sequence) {
  std::string line = "id: ";
  line += epoch;
  line += '.';
  line += std::to_string(sequence);
  line += '\n';
  return line;
}

std::optional<StreamPosition> read_position(std::string_view id) {
  const auto dot = id.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  StreamPosition position{std::string{id.substr(0, dot)}, 0};
  const auto number = id.substr(dot + 1);
  const auto* const end = number.data() + number.size();
  const auto [stopped, error] = std::from_chars(number.data(), end, position.sequence);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return position;
}

} // namespace gateway
