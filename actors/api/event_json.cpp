#include "actors/api/event_json.hpp"

#include "net/base/json_text.hpp"

namespace gateway {
namespace {

void append_member_or_null(std::string& out, std::string_view name, const std::string& text) {
  append_json_string(out += ',', name);
  out += ':';
  append_text_or_null(out, text);
}

} // namespace

void append_event(std::string& out, const StoredEvent& stored) {
  const auto& event = stored.event;
  append_json_string(out += R"({"id":)", event.node + "." + place_text(stored.place));
  append_number(out += R"(,"t":)", milliseconds_since_epoch(event.at));
  append_json_string(out += R"(,"node":)", event.node);
  append_json_string(out += R"(,"kind":)", event_kind_text(event.kind));
  append_member_or_null(out, "by", event.by);
  append_member_or_null(out, "role", event.role);
  append_json_string(out += R"(,"text":)", event.text);
  append_member_or_null(out, "ref", event.ref);
  append_member_or_null(out, "client", event.client);
  out += R"(,"until":)";
  append_time_or_null(out, event.until);
  out += '}';
}

} // namespace gateway
