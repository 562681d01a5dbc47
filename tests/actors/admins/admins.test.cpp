#include "actors/admins/admins.hpp"

#include "actors/admins/admins_talk.hpp"

#include <catch2/catch.hpp>

#include <memory>

using namespace gateway;

namespace {

const std::string own_key = "the node's own key";
const std::string ops_key = "the key of ops";
const std::string client = "10.0.0.1";

std::shared_ptr<const KeyTable> table(std::map<std::string, AdminConfig> admins) {
  auto document = std::make_shared<Document>();
  document->admins = std::move(admins);
  return std::make_shared<const KeyTable>(document);
}

AdminConfig ops(AdminRole role = AdminRole::operator_, const std::string& key = ops_key) {
  return {"ops", key_hash(key), role};
}

struct Room {
  explicit Room(std::string secret = "a secret of sessions")
      : admins({Secret{std::move(secret)}, key_hash(own_key), Secret{"code"}}, now.at) {}

  Result<Admins::SignedIn> sign_in(const std::string& token, const std::string& from = client) {
    return admins.sign_in(token, from, *keys, now);
  }
  std::string session_of(const std::string& token) {
    auto made = sign_in(token);
    REQUIRE(made);
    return made->token;
  }
  Result<Caller> who(const std::string& token) const {
    return admins.by_session(token, *keys, now.wall);
  }
  void pass(std::chrono::milliseconds time) {
    now.at += time;
    now.wall += time;
  }

  Admins::Moment now{Instant{100h}, WallTime{std::chrono::hours{480'000}}};
  std::shared_ptr<const KeyTable> keys = table({{"ops", ops()}});
  Admins admins;
};

} // namespace

TEST_CASE("whoever sends an admin key is known by it", "[admins]") {
  Room room;
  const auto own = room.admins.by_key(own_key, client, *room.keys, room.now.at);
  REQUIRE(own);
  CHECK(own->name == "admin");
  CHECK(own->role == AdminRole::admin);
  CHECK_FALSE(own->session);
  const auto other = room.admins.by_key(ops_key, client, *room.keys, room.now.at);
  REQUIRE(other);
  CHECK(other->name == "ops");
  CHECK(other->role == AdminRole::operator_);
  for (const auto* wrong : {"", "ops", "the key of op", "code"})
    CHECK(
      room.admins.by_key(wrong, client, *room.keys, room.now.at).error().kind
      == ErrorKind::invalid_api_key);
}

TEST_CASE("a session is its admin's until its time is over", "[admins]") {
  Room room;
  const auto token = room.session_of(ops_key);
  room.pass(session_time - 1ms);
  const auto caller = room.who(token);
  REQUIRE(caller);
  CHECK(caller->name == "ops");
  CHECK(caller->role == AdminRole::operator_);
  REQUIRE(caller->session);
  CHECK(caller->session->until == room.now.wall + 1ms);
  CHECK_FALSE(caller->session->csrf.empty());
  room.pass(1ms);
  CHECK_FALSE(room.who(token));
}

TEST_CASE("two sessions share neither token nor what their writes must carry", "[admins]") {
  Room room;
  const auto first = room.sign_in(ops_key);
  const auto second = room.sign_in(ops_key);
  REQUIRE((first && second));
  CHECK(first->token != second->token);
  CHECK(first->caller.session->csrf != second->caller.session->csrf);
  CHECK(first->token.find(first->caller.session->csrf) == std::string::npos);
}

TEST_CASE("a session ends with its admin, and when his key or role changes", "[admins]") {
  Room room;
  const auto token = room.session_of(ops_key);
  const auto own = room.session_of(own_key);
  SECTION("he is removed") {
    room.keys = table({});
  }
  SECTION("his role rises") {
    room.keys = table({{"ops", ops(AdminRole::admin)}});
  }
  SECTION("his role falls") {
    room.keys = table({{"ops", ops(AdminRole::viewer)}});
  }
  SECTION("his key is another") {
    room.keys = table({{"ops", ops(AdminRole::operator_, "a new one")}});
  }
  CHECK_FALSE(room.who(token));
  CHECK(room.who(own));
}

TEST_CASE("a token that was changed anywhere is nobody's", "[admins]") {
  Room room;
  const auto token = room.session_of(ops_key);
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CAPTURE(changed);
    CHECK_FALSE(room.who(changed));
    CHECK_FALSE(room.who(token.substr(0, i)));
  }
  CHECK_FALSE(room.who(token + "A"));
  CHECK_FALSE(room.who(token + "." + token));
  CHECK_FALSE(room.who(std::string(100'000, '.')));
}

TEST_CASE("a token of another secret is nobody's", "[admins]") {
  Room room;
  Room other{"another secret"};
  CHECK_FALSE(room.who(other.session_of(ops_key)));
  CHECK(room.who(Room{}.session_of(ops_key)));
}

TEST_CASE("a session that was ended stays so, and no other does", "[admins]") {
  Room room;
  const auto signed_in = room.sign_in(ops_key);
  REQUIRE(signed_in);
  const auto other = room.session_of(ops_key);
  const auto& session = *signed_in->caller.session;
  room.admins.end_session({session.id, session.until}, room.now.wall);
  CHECK_FALSE(room.who(signed_in->token));
  CHECK(room.who(other));
}

TEST_CASE("ended sessions are remembered as long as they would have lasted", "[admins]") {
  Room room;
  const auto signed_in = room.sign_in(ops_key);
  REQUIRE(signed_in);
  const auto& session = *signed_in->caller.session;
  room.admins.end_session({session.id, session.until}, room.now.wall);
  for (std::size_t i = 0; i < ended_sessions_max - 1; ++i)
    room.admins.end_session({std::to_string(i), session.until + 1h}, room.now.wall);
  CHECK_FALSE(room.who(signed_in->token));
}

TEST_CASE("a sign-in code works once, within its time, and only to sign in", "[admins]") {
  Room room;
  SECTION("once") {
    CHECK_FALSE(room.admins.by_key("code", client, *room.keys, room.now.at));
    const auto signed_in = room.sign_in("code");
    REQUIRE(signed_in);
    CHECK(signed_in->caller.name == "admin");
    CHECK(signed_in->caller.role == AdminRole::admin);
    CHECK(room.who(signed_in->token));
    CHECK_FALSE(room.sign_in("code"));
  }
  SECTION("just in time") {
    room.pass(sign_in_code_time - 1ms);
    CHECK(room.sign_in("code"));
  }
  SECTION("too late") {
    room.pass(sign_in_code_time);
    CHECK_FALSE(room.sign_in("code"));
  }
}

TEST_CASE("where a start has no code, nothing is one", "[admins]") {
  Admins admins({Secret{"a secret of sessions"}, key_hash(own_key), Secret{}}, Instant{1h});
  CHECK_FALSE(admins.sign_in("", client, *table({}), {Instant{1h}, WallTime{1h}}));
}

TEST_CASE("whoever guesses too often is not even listened to", "[admins]") {
  Room room;
  for (std::int64_t i = 0; i < SignInThrottle::client_at_once; ++i)
    REQUIRE(room.sign_in("wrong").error().kind == ErrorKind::invalid_api_key);
  const auto waits = room.sign_in(own_key);
  REQUIRE_FALSE(waits);
  CHECK(waits.error().kind == ErrorKind::rate_limit_exceeded);
  CHECK(waits.error().retry_after == SignInThrottle::client_one_in / 1ms * 1ms);
  CHECK_FALSE(room.admins.by_key(ops_key, client, *room.keys, room.now.at));
  CHECK(room.sign_in(own_key, "10.0.0.2"));
  room.pass(std::chrono::ceil<Milliseconds>(SignInThrottle::client_one_in));
  CHECK(room.sign_in(own_key));
}

TEST_CASE("another node's key and sessions are good here once it is trusted", "[admins]") {
  Room here;
  Room there{"another secret of sessions"};
  const auto ops_session = there.session_of(ops_key);
  const auto own_session = there.session_of(own_key);
  CHECK_FALSE(here.who(ops_session));
  here.admins.trust("gw-2", Secret{"another secret of sessions"}, key_hash(own_key));
  const auto caller = here.who(ops_session);
  REQUIRE(caller);
  CHECK(caller->name == "ops");
  CHECK(caller->session->csrf == there.who(ops_session)->session->csrf);
  CHECK(here.who(own_session));
  const auto other_key = std::string{"the other node's own key"};
  CHECK_FALSE(here.admins.by_key(other_key, client, *here.keys, here.now.at));
  here.admins.trust("gw-3", Secret{"a third secret"}, key_hash(other_key));
  CHECK(here.admins.by_key(other_key, client, *here.keys, here.now.at));
  // Signed out there, and told so.
  here.admins.end_session({caller->session->id, caller->session->until}, here.now.wall);
  CHECK_FALSE(here.who(ops_session));
  CHECK(here.admins.ended(here.now.wall).size() == 1);
  CHECK(here.admins.ended(here.now.wall + session_time).empty());
}

TEST_CASE("what nodes tell each other of their admins is read back as it was", "[admins]") {
  const AdminsTold told{Secret{"secret"}, "sha256:1", {{"a", WallTime{1h}}, {"b", WallTime{2h}}}};
  const auto bytes = encode_admins(told);
  const auto read = decode_admins(bytes);
  REQUIRE(read);
  CHECK(read->session_secret.reveal() == "secret");
  CHECK(read->own_key_hash == "sha256:1");
  REQUIRE(read->ended.size() == 2);
  CHECK(read->ended[1].id == "b");
  CHECK(read->ended[1].until == WallTime{2h});
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    CHECK_FALSE(decode_admins(bytes.substr(0, cut)));
  CHECK_FALSE(decode_admins(encode_admins({Secret{""}, "sha256:1", {}})));
  const auto session = decode_ended_session(encode_ended_session({"a", WallTime{1h}}));
  REQUIRE(session);
  CHECK(session->id == "a");
  CHECK_FALSE(decode_ended_session("x"));
}
