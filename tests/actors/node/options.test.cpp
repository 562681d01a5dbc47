#include "actors/node/options.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace gateway;

namespace {

using Variables = std::map<std::string, std::string>;

Result<ServeOptions> read(std::vector<std::string_view> args, const Variables& variables = {}) {
  return read_serve_options(args, [&](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::optional<std::string>{} : std::optional{found->second};
  });
}

} // namespace

TEST_CASE("serve without options has the contract's defaults", "[node][options]") {
  const auto options = read({});
  REQUIRE(options);
  CHECK(options->config == "cluster-config/gateway.json");
  CHECK(options->data == "./data");
  REQUIRE(options->listen.size() == 1);
  CHECK(options->listen[0].host == "127.0.0.1");
  CHECK(options->listen[0].port == 8080);
  CHECK(options->durability == Durability::write);
  CHECK(options->drain == std::chrono::seconds{30});
  CHECK_FALSE(options->demo);
  CHECK_FALSE(options->node.empty());
}

TEST_CASE("options are taken with a space or an equals sign", "[node][options]") {
  const auto options = read(
    {"--data",
     "/d",
     "--listen=0.0.0.0:0",
     "--listen",
     "[::1]:81",
     "--demo",
     "--threads=3",
     "--durability",
     "sync",
     "--node",
     "gw-1",
     "--config-wins"});
  REQUIRE(options);
  CHECK(options->data == "/d");
  REQUIRE(options->listen.size() == 2);
  CHECK(options->listen[1].host == "::1");
  CHECK(options->listen[1].port == 81);
  CHECK(options->demo);
  CHECK(options->config_wins);
  CHECK(options->threads == 3);
  CHECK(options->durability == Durability::sync);
  CHECK(options->node == "gw-1");
}

TEST_CASE(
  "an option left out comes from the environment, the command line wins", "[node][options]") {
  const Variables variables{
    {"LLM_GATEWAY_DATA", "/from-env"},
    {"LLM_GATEWAY_DRAIN_SECONDS", "5"},
    {"LLM_GATEWAY_DEMO", "true"},
    {"LLM_GATEWAY_ADMIN_KEY", "secret"}};
  const auto options = read({"--data", "/from-line"}, variables);
  REQUIRE(options);
  CHECK(options->data == "/from-line");
  CHECK(options->drain == std::chrono::seconds{5});
  CHECK(options->demo);
  CHECK(options->admin_key == "secret");
}

TEST_CASE("a node is told where its cluster is", "[node][options]") {
  const auto options = read(
    {"--cluster-listen",
     ":7946",
     "--join",
     "gateway.example.org:7946",
     "--join=[fd00::2]:7947",
     "--cluster-tls",
     "/certificates",
     "--cluster-advertise",
     "gw-1.example.org:17946"});
  REQUIRE(options);
  CHECK(options->cluster_listen == PeerAddress{"0.0.0.0", 7'946});
  REQUIRE(options->join.size() == 2);
  CHECK(options->join[0] == PeerAddress{"gateway.example.org", 7'946});
  CHECK(options->join[1] == PeerAddress{"fd00::2", 7'947});
  CHECK(options->cluster_tls == "/certificates");
  CHECK(options->cluster_advertise == PeerAddress{"gw-1.example.org", 17'946});
  CHECK_FALSE(read({})->cluster_listen);
  CHECK(read({})->voter);
  CHECK_FALSE(read({"--voter=0"})->voter);
  CHECK(read({"--no-voter"})->no_voter);
}

TEST_CASE("a wrong option is refused with what it takes", "[node][options]") {
  struct Row {
    const char* when;
    std::vector<std::string_view> args;
    const char* message;
  };
  const auto row = GENERATE(
    Row{"unknown", {"--colour", "red"}, "--colour"},
    Row{"no dashes", {"fast"}, "'fast' is no option"},
    Row{"no value", {"--data"}, "--data needs a value"},
    Row{"no port", {"--listen", "localhost"}, "--listen takes HOST:PORT"},
    Row{"port too large", {"--listen", "localhost:70000"}, "0 to 65535"},
    Row{"no threads", {"--threads", "0"}, "--threads takes a whole number from 1"},
    Row{"not a number", {"--drain-seconds", "soon"}, "--drain-seconds takes"},
    Row{"no such choice", {"--durability", "perhaps"}, "one of sync write"},
    Row{"no name", {"--node", "a b"}, "--node takes a name"},
    Row{"no URL", {"--public-url", "gw.example"}, "http"},
    Row{"certificate alone", {"--tls-cert", "c.pem"}, "go together"},
    Row{"nobody to join", {"--join", ":7946"}, "--join takes HOST:PORT"},
    Row{"no port to join", {"--join", "gw-2:0"}, "--join takes HOST:PORT"},
    Row{"no cluster port", {"--join", "gw-2:7946"}, "need --cluster-listen"},
    Row{"no certificates", {"--cluster-listen", ":7946"}, "certificates or not at all"});
  CAPTURE(row.when);
  const auto options = read(row.args);
  REQUIRE_FALSE(options);
  CHECK_THAT(options.error().message, Catch::Contains(row.message));
}

TEST_CASE("a wrong variable is refused by its name", "[node][options]") {
  const auto options = read({}, {{"LLM_GATEWAY_THREADS", "many"}});
  REQUIRE_FALSE(options);
  CHECK_THAT(options.error().message, Catch::Contains("LLM_GATEWAY_THREADS"));
}
