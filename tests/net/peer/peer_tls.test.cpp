#include "net/peer/peer_tls.hpp"

#include "tests/net/peer/authority.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace gateway;

namespace {

std::string text_of_file(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void copy(const std::string& from, const std::string& to) {
  for (const auto* const name : {"/ca.pem", "/node.pem", "/node.key"})
    std::ofstream{to + name} << text_of_file(from + name);
}

} // namespace

TEST_CASE("what was exchanged in the folder is taken when asked for", "[peer][certificates]") {
  const PeerAuthority authority;
  const PeerAuthority next;
  const auto folder = authority.issue("gw-1");
  const auto loaded = PeerTls::load(folder, wall_now());
  REQUIRE(loaded);
  auto& tls = **loaded;
  const auto before = tls.certificates();
  copy(next.issue("gw-1"), folder);
  CHECK(tls.certificates() == before);
  const auto reloaded = tls.reload(wall_now());
  REQUIRE(reloaded);
  CHECK(*reloaded);
  CHECK(tls.certificates()->chain == text_of_file(folder + "/node.pem"));
  CHECK(before->chain != tls.certificates()->chain); // whoever began with it keeps it
  CHECK_FALSE(*tls.reload(wall_now()));
}

TEST_CASE("where new files are no good the old ones stay", "[peer][certificates]") {
  const PeerAuthority authority;
  const auto folder = authority.issue("gw-1");
  const auto tls = *PeerTls::load(folder, wall_now());
  const auto before = tls->certificates();
  const auto another = authority.issue("gw-1");
  std::ofstream{folder + "/node.pem"} << text_of_file(another + "/node.pem");
  const auto refused = tls->reload(wall_now());
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("node.key is not the key"));
  CHECK(tls->certificates() == before);
  std::ofstream{folder + "/node.key"} << text_of_file(another + "/node.key");
  CHECK(*tls->reload(wall_now()));
}

TEST_CASE("a library finds the certificates in force by their name", "[peer][certificates]") {
  const PeerAuthority authority;
  const auto folder = authority.issue("gw-1");
  std::string name;
  {
    const auto tls = *PeerTls::load(folder, wall_now());
    const auto other = *PeerTls::load(authority.issue("gw-2"), wall_now());
    name = tls->name();
    CHECK(PeerTls::named(name) == tls->certificates());
    CHECK(PeerTls::named(other->name()) == other->certificates());
    copy(authority.issue("gw-1"), folder);
    REQUIRE(*tls->reload(wall_now()));
    CHECK(PeerTls::named(name) == tls->certificates());
    CHECK(PeerTls::named(folder + "/node.pem") == nullptr);
  }
  CHECK(PeerTls::named(name) == nullptr);
}

TEST_CASE("two authorities of one name can't be told apart, and the text says so", "[peer]") {
  const PeerAuthority authority;
  const PeerAuthority same{authority.name()};
  const auto folder = same.issue("gw-1");
  const auto own = text_of_file(folder + "/ca.pem");
  std::ofstream{folder + "/ca.pem"} << text_of_file(authority.issue("gw-1") + "/ca.pem") << own;
  const auto refused = PeerTls::load(folder, wall_now());
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("a second one needs a name of its own"));
  const auto another = authority.issue("gw-1");
  const PeerAuthority next;
  std::ofstream{another + "/ca.pem", std::ios::app} << text_of_file(next.issue("gw-1") + "/ca.pem");
  CHECK(PeerTls::load(another, wall_now()));
}
