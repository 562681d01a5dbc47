#include "actors/config/reading.hpp"
#include "net/base/header.hpp"

#include <algorithm>
#include <array>

namespace gateway {

namespace {

/// Headers that the gateway itself writes: a second one would be another request's beginning, or
/// another key than the configured one.
constexpr std::array own_headers{
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "content-type",
  "authorization",
  "x-api-key",
  "api-key",
  "te",
  "upgrade",
  "trailer",
  "expect"};

void read_extra_headers(const Place& place, Quirks& quirks, Problems& problems) {
  if (!place) return;
  quirks.extra_headers.clear();
  for (const auto& [name, header] : place.members()) {
    const bool own =
      std::any_of(own_headers.begin(), own_headers.end(), [&, &name = name](const char* ours) {
        return same_ignoring_case(name, ours);
      });
    if (own) header.error(problems, "own_header", "the gateway sets this header itself");
    if (const auto value = header.text()) quirks.extra_headers[name] = *value;
  }
}

void read_clamp(const Place& place, Quirks& quirks, Problems& problems) {
  if (!place) return;
  quirks.clamp.clear();
  for (const auto& [name, range] : place.members()) {
    if (range.size() != 2 || !range[0].number() || !range[1].number()) continue;
    const auto least = range[0].node()->approximate();
    const auto most = range[1].node()->approximate();
    if (least > most) range.error(problems, "range", "the first number is above the second");
    quirks.clamp[name] = {least, most};
  }
}

} // namespace

void read_quirks(const Place& place, Quirks& quirks, Problems& problems) {
  const auto text = [&](const char* name, std::string& into) {
    if (const auto given = place[name].text()) into = *given;
  };
  const auto list = [&](const char* name, std::vector<std::string>& into) {
    if (place[name]) into = place[name].texts();
  };
  text("chat_path", quirks.chat_path);
  text("embeddings_path", quirks.embeddings_path);
  text("auth", quirks.auth);
  text("max_tokens_field", quirks.max_tokens_field);
  text("developer_role", quirks.developer_role);
  text("stream_usage", quirks.stream_usage);
  text("ratelimit_style", quirks.ratelimit_style);
  list("drop", quirks.drop);
  list("reject", quirks.reject);
  list("reasoning_out", quirks.reasoning_out);
  read_extra_headers(place["extra_headers"], quirks, problems);
  read_clamp(place["clamp"], quirks, problems);
  if (const auto extra = place["extra_body"]) {
    quirks.extra_body.clear();
    for (const auto& [name, value] : extra.members())
      quirks.extra_body[name] = to_json_text(*value.node());
  }
  if (const auto rename = place["rename"]) {
    quirks.rename.clear();
    for (const auto& [name, to] : rename.members())
      if (to.text()) quirks.rename[name] = *to.text();
  }
  if (const auto drop = place["drop_unsupported"].truth()) quirks.drop_unsupported = *drop;
}

} // namespace gateway
