#include "net/demo/fleet.hpp"

#include "tests/net/demo/caller.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;
using nlohmann::json;

namespace {

std::uint16_t port_of(const std::string& base_url) {
  return static_cast<std::uint16_t>(std::stoi(base_url.substr(base_url.rfind(':') + 1)));
}

Heard ask(const DemoMember& member) {
  const std::string body = R"({"model":")" + member.settings.models.front()
    + R"(","messages":[{"role":"user","content":"echo: a"}]})";
  return call(
    port_of(member.base_url),
    "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer "
      + member.settings.key + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n"
      + body);
}

} // namespace

TEST_CASE("the fleet serves what its fragment of a document describes", "[net][demo]") {
  const auto launched = DemoFleet::launch();
  REQUIRE(launched);
  const auto& fleet = **launched;
  const auto fragment = json::parse(fleet.config_fragment());
  REQUIRE(fleet.members().size() == 5);
  std::set<std::string> dialects;
  for (const auto& member : fleet.members()) {
    CAPTURE(member.settings.name);
    const auto& provider = fragment["providers"][member.settings.name];
    dialects.insert(provider["dialect"].get<std::string>());
    CHECK(provider["base_url"] == member.base_url);
    CHECK(provider["free_tier"] == member.free_tier);
    CHECK(provider["limits"]["rpm"] == member.settings.rules[0].limit);
    CHECK(provider["models"].size() == member.settings.models.size());
    if (member.settings.dialect != "openai") continue;
    const auto heard = ask(member);
    CHECK(heard.status == 200);
    CHECK(heard.body.find("\"content\":\"a\"") != std::string::npos);
  }
  CHECK(dialects == std::set<std::string>{"anthropic", "gemini", "openai"});
  CHECK(fragment["providers"]["demo-gem"]["models"]["demo-embed"]["kind"] == "embedding");
  CHECK(fragment["routes"]["demo"]["targets"].size() == 7);
  for (const auto& target : fragment["routes"]["demo"]["targets"])
    CHECK(fragment["providers"][target["provider"].get<std::string>()]["models"].contains(
      target["model"].get<std::string>()));
}

TEST_CASE("one of the fleet fails on command and the others don't", "[net][demo]") {
  const auto launched = DemoFleet::launch();
  REQUIRE(launched);
  auto& fleet = **launched;
  DemoFaultOrder order;
  order.fault = DemoFault::status_500;
  CHECK(fleet.order("demo-atlas", order));
  CHECK_FALSE(fleet.order("demo-nobody", order));
  for (const auto& member : fleet.members()) {
    if (member.settings.dialect != "openai") continue;
    CHECK(ask(member).status == (member.settings.name == "demo-atlas" ? 500 : 200));
  }
}
