#include "net/peer/certificates.hpp"

#include "tests/net/peer/authority.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace gateway;

namespace {

std::string problem_of(const std::string& folder, WallTime now = wall_now()) {
  const auto loaded = PeerCertificates::load(folder, now);
  return loaded ? "" : loaded.error().message;
}

std::string text_of_file(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

TEST_CASE("a certificate, its key and who signed it are taken", "[peer][certificates]") {
  const PeerAuthority authority;
  const auto folder = authority.issue("gw-1");
  const auto loaded = PeerCertificates::load(folder, wall_now());
  REQUIRE(loaded);
  CHECK((*loaded)->expires > wall_now());
  CHECK((*loaded)->chain == text_of_file(folder + "/node.pem"));
}

TEST_CASE("what was checked is what stays, whatever becomes of the files", "[peer][certificates]") {
  const PeerAuthority authority;
  const auto folder = authority.issue("gw-1");
  const auto key = text_of_file(folder + "/node.key");
  const auto loaded = PeerCertificates::load(folder, wall_now());
  REQUIRE(loaded);
  std::ofstream{folder + "/node.key"} << "broken";
  CHECK((*loaded)->key == key);
}

TEST_CASE("a text says what is wrong with the files, and what to do", "[peer][certificates]") {
  const PeerAuthority authority;
  const PeerAuthority other;
  const auto folder = authority.issue("gw-1");
  const auto from_other = other.issue("gw-1");
  const auto take = [&](const char* name) {
    std::ofstream{folder + "/" + name} << text_of_file(from_other + "/" + name);
  };
  SECTION("a file is missing") {
    std::filesystem::remove(folder + "/node.key");
    CHECK_THAT(problem_of(folder), Catch::Contains("node.key can't be read: the folder must hold"));
  }
  SECTION("the key is another certificate's") {
    take("node.key");
    CHECK_THAT(problem_of(folder), Catch::Contains("node.key is not the key of the certificate"));
  }
  SECTION("another authority signed it") {
    take("ca.pem");
    CHECK_THAT(problem_of(folder), Catch::Contains("node.pem is not signed by the authority"));
  }
  SECTION("a file is something else") {
    std::ofstream{folder + "/node.pem"} << "hello";
    CHECK_THAT(problem_of(folder), Catch::Contains("node.pem holds no certificate"));
    std::ofstream{folder + "/node.pem"} << text_of_file(from_other + "/node.pem");
    std::ofstream{folder + "/node.key"} << "hello";
    CHECK_THAT(problem_of(folder), Catch::Contains("node.key holds no private key"));
  }
  SECTION("its time is over") {
    const auto expired = authority.issue("gw-1", PeerAuthority::Validity::over);
    CHECK_THAT(problem_of(expired), Catch::Contains("node.pem has expired"));
    CHECK_THAT(
      problem_of(folder, wall_now() - std::chrono::hours{48}),
      Catch::Contains("node.pem is not valid yet"));
  }
}
