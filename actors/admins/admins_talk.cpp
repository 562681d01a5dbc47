#include "actors/admins/admins_talk.hpp"

#include "actors/admins/admins.hpp"
#include "actors/cluster/wire.hpp"

#include <limits>

namespace gateway {
namespace {

constexpr std::size_t text_bytes_max = 1'024;

Failed odd() {
  return fail(ErrorKind::invalid_value, "a word about admins that can't be read");
}

void put(WireWriter& out, const EndedSession& session) {
  out.text(session.id);
  out.signed_number(milliseconds_since_epoch(session.until));
}

EndedSession get(WireReader& reader) {
  EndedSession session;
  session.id = reader.text(text_bytes_max);
  constexpr auto most = std::numeric_limits<std::int64_t>::max() / 2;
  session.until = WallTime{Milliseconds{reader.signed_number(0, most)}};
  return session;
}

} // namespace

std::string encode_admins(const AdminsTold& told) {
  WireWriter out;
  out.text(told.session_secret.reveal());
  out.text(told.own_key_hash);
  out.number(told.ended.size());
  for (const auto& session : told.ended) put(out, session);
  return out.take();
}

Result<AdminsTold> decode_admins(std::string_view bytes) {
  WireReader reader{bytes};
  AdminsTold told;
  told.session_secret = Secret{std::string{reader.text(text_bytes_max)}};
  told.own_key_hash = reader.text(text_bytes_max);
  for (auto left = reader.number(ended_sessions_max); left > 0 && !reader.failed(); --left)
    told.ended.push_back(get(reader));
  // With an empty secret anybody could sign.
  if (!reader.at_end() || told.session_secret.empty()) return odd();
  return told;
}

std::string encode_ended_session(const EndedSession& session) {
  WireWriter out;
  put(out, session);
  return out.take();
}

Result<EndedSession> decode_ended_session(std::string_view bytes) {
  WireReader reader{bytes};
  auto session = get(reader);
  if (!reader.at_end()) return odd();
  return session;
}

} // namespace gateway
