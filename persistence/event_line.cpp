#include "persistence/event_line.hpp"

#include "net/base/json_text.hpp"
#include "persistence/record_line.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace gateway {
namespace {

constexpr std::array<std::string_view, 8> kinds{
  "sign_in", "sign_in_refused", "sign_out", "config", "provider", "cooldown", "node", "replay"};

std::string_view cut(std::string_view text) noexcept {
  if (text.size() <= event_text_bytes_max) return text;
  auto end = event_text_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  append_json_string(out += ',', name);
  append_json_string(out += ':', cut(value));
}

std::string text_in(const nlohmann::json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<WallTime> time_in(const nlohmann::json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || !found->is_number_integer()) return std::nullopt;
  return WallTime{Milliseconds{found->get<std::int64_t>()}};
}

} // namespace

std::string_view event_kind_text(EventKind kind) noexcept {
  return kinds[static_cast<std::size_t>(kind)];
}

std::optional<EventKind> read_event_kind(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kinds.size(); ++i)
    if (kinds[i] == text) return static_cast<EventKind>(i);
  return std::nullopt;
}

void append_event_line(std::string& out, const EventRecord& event) {
  FramedLine line{out};
  append_number(out += R"("t":)", milliseconds_since_epoch(event.at));
  append_text(out, "node", event.node);
  append_text(out, "kind", event_kind_text(event.kind));
  append_text(out, "by", event.by);
  append_text(out, "role", event.role);
  append_text(out, "text", event.text);
  append_text(out, "ref", event.ref);
  append_text(out, "client", event.client);
  if (event.until) append_number(out += R"(,"until":)", milliseconds_since_epoch(*event.until));
  line.close(); // it can't be too long: every text of it is cut
}

std::optional<EventRecord> read_event_line(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto at = time_in(json, "t");
  const auto kind = read_event_kind(text_in(json, "kind"));
  if (!at || !kind) return std::nullopt;
  EventRecord event;
  event.at = *at;
  event.node = text_in(json, "node");
  event.kind = *kind;
  event.by = text_in(json, "by");
  event.role = text_in(json, "role");
  event.text = text_in(json, "text");
  event.ref = text_in(json, "ref");
  event.client = text_in(json, "client");
  event.until = time_in(json, "until");
  return event;
}

} // namespace gateway
