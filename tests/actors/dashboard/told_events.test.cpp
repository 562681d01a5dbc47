#include "actors/dashboard/broadcaster.hpp"
#include "persistence/record_line.hpp"
#include "tests/actors/dashboard/studio.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a cooldown is told at once, with what needs attention", "[dashboard][pure]") {
  Studio studio;
  StudioBrowser browser{studio, ""};
  browser.connect();
  studio.saw(cooling(state_of("groq"), 10s));
  studio.turn();
  browser.read();
  REQUIRE(browser.heard.size() == 2);
  CHECK(browser.heard[0].first == "health");
  const auto& health = browser.heard[0].second;
  CHECK(health["provider"] == "groq");
  CHECK(health["state"] == "cooldown");
  CHECK(health["reason"] == "rate_limited");
  CHECK(health["until"] == milliseconds_since_epoch(studio.now().wall + 10s));
  CHECK(health["by"] == "node-1");
  CHECK(browser.heard[1].first == "attention");
  CHECK(browser.heard[1].second["items"][0]["href"] == "/providers/groq");

  browser.heard.clear();
  studio.saw(state_of("groq"));
  studio.turn();
  browser.read();
  REQUIRE(browser.heard.size() == 2);
  CHECK(browser.heard[0].second["state"] == "ok");
  CHECK(browser.heard[1].second["items"].empty());
}

TEST_CASE("what happened before somebody came is in the snapshot alone", "[dashboard][pure]") {
  Studio studio;
  studio.saw(cooling(state_of("groq"), 10s));
  studio.turn();
  studio.turn();
  LiveNotice notice;
  const auto opened = studio.broadcaster.open(*read_topics(""), {}, studio.now(), notice);
  const auto json = nlohmann::json::parse(opened.snapshot->substr(opened.snapshot->find('{')));
  CHECK(json["attention"][0]["id"] == "cooldown:groq");
  CHECK(json["providers"][0]["health"]["state"] == "cooldown");
  studio.tell(notice);
  StudioBrowser browser{studio, ""};
  browser.connect();
  studio.turn();
  browser.read();
  CHECK(browser.heard.empty());
}

TEST_CASE("a version in force is told with who made it and why", "[dashboard][pure]") {
  Studio studio;
  StudioBrowser browser{studio, "tick"};
  browser.connect();
  studio.broadcaster.in_force({7, 1'000, "ops", "ui", "more \"rpm\"", {"limits of groq"}});
  studio.turn();
  browser.read();
  REQUIRE(browser.heard.size() == 1);
  CHECK(browser.heard[0].first == "config");
  CHECK(
    browser.heard[0].second
    == nlohmann::json::parse(R"({"version":7,"at":1000,"by":"ops","via":"ui",
      "note":"more \"rpm\"","summary":["limits of groq"],"nodes":[{"node":"node-1","version":7}]})"));
}

TEST_CASE("who hears of a version is given a snapshot of its own", "[dashboard][pure]") {
  Studio studio;
  LiveNotice notice;
  const auto open = [&] {
    return studio.broadcaster.open(*read_topics(""), {}, studio.now(), notice).snapshot;
  };
  const auto before = open();
  CHECK(open() == before); // comes soon after, and shares it
  studio.broadcaster.in_force({7, 1'000, "", "api", "", {}});
  studio.turn();
  CHECK(open() != before);
}

TEST_CASE("a node tells that it drains, and ticks tell of its load", "[dashboard][pure]") {
  Studio studio;
  StudioBrowser browser{studio, "tick"};
  browser.connect();
  studio.broadcaster.change().saw(NodeUse{900, 1, false, true}, studio.now().wall);
  studio.turn();
  browser.read();
  CHECK(browser.heard.empty());
  studio.broadcaster.change().saw(NodeUse{900, 1, true, true}, studio.now().wall);
  studio.turn();
  browser.read();
  REQUIRE(browser.heard.size() == 1);
  CHECK(browser.heard[0].first == "node");
  CHECK(browser.heard[0].second["state"] == "draining");
}

TEST_CASE("shares are told to who asks for a provider, when they change", "[dashboard][pure]") {
  Studio studio;
  StudioBrowser browser{studio, "share:groq"};
  StudioBrowser other{studio, "tick"};
  browser.connect();
  other.connect();
  auto state = state_of("groq");
  state.quotas = {window("provider/groq", "rpm", 600), window("provider/groq", "tpm", 6'000)};
  const auto told = [&] {
    studio.saw(state);
    for (int i = 0; i < 2; ++i) studio.turn(); // twice a second at most
    browser.heard.clear();
    browser.read();
    return browser.heard.size();
  };
  CHECK(told() == 2);
  CHECK(
    browser.heard[0].second
    == nlohmann::json::parse(R"({"provider":"groq","w":"rpm","model":null,"pool_name":null,
      "pool":0,"shares":[["node-1",600,0,null]]})"));
  CHECK(told() == 0);
  state.quotas[1].cooling = 50;
  CHECK(told() == 1);
  CHECK(browser.heard[0].second["w"] == "tpm");
  CHECK(browser.heard[0].second["shares"][0][2] == 50);
  other.read();
  CHECK(other.heard.empty());
  // Who comes later is told all of it.
  StudioBrowser late{studio, "share:groq"};
  late.connect();
  CHECK(told() == 2);
}

TEST_CASE("requests are told one by one to who wants them, by their filter", "[dashboard]") {
  Studio studio;
  CHECK(studio.broadcaster.rows_wanted(studio.now().at) == RowsWanted::none);
  StudioBrowser overview{studio, "failover"};
  overview.connect();
  CHECK(studio.broadcaster.rows_wanted(studio.now().at) == RowsWanted::failovers);
  StudioBrowser all{studio, "request"};
  StudioBrowser failed{studio, "request", {"status:eq:failed"}};
  all.connect();
  failed.connect();
  CHECK(studio.broadcaster.rows_wanted(studio.now().at) == RowsWanted::all);
  EndedRequests ended;
  for (const auto outcome : {Outcome::first_try, Outcome::failover, Outcome::failed}) {
    auto record = record_of("groq", "llama", outcome);
    record.id = std::string{outcome_text(outcome)};
    ended.add(std::move(record), RowsWanted::all);
  }
  studio.broadcaster.ended(ended, studio.now());
  studio.turn();
  const auto heard = [](StudioBrowser& browser) {
    browser.read();
    std::vector<std::string> ids;
    for (const auto& [name, data] : browser.heard)
      for (const auto& item : data["items"])
        ids.push_back(name + " " + item["id"].get<std::string>());
    return ids;
  };
  using Ids = std::vector<std::string>;
  CHECK(heard(overview) == Ids{"failover failover"});
  CHECK(heard(all) == Ids{"request first_try", "request failover", "request failed"});
  CHECK(heard(failed) == Ids{"request failed"});
}

TEST_CASE("filters of requests are bounded, and places are free again", "[dashboard][pure]") {
  Studio studio;
  LiveNotice notice;
  std::vector<StreamTopics> topics;
  for (std::size_t i = 0; i <= Broadcaster::filters_max; ++i)
    topics.push_back(*read_topics("request", {"model:eq:m" + std::to_string(i)}));
  const auto open = [&](std::size_t i) {
    return !studio.broadcaster.open(topics[i], {}, studio.now(), notice).refused;
  };
  for (std::size_t i = 0; i < Broadcaster::filters_max; ++i) CHECK(open(i));
  CHECK_FALSE(open(Broadcaster::filters_max));
  CHECK(open(0)); // another browser of a filter that is known
  CHECK_FALSE(studio.broadcaster.open(*read_topics(""), {}, studio.now(), notice).refused);
  studio.broadcaster.close(topics[1], studio.now());
  studio.pass(30s);
  CHECK(open(Broadcaster::filters_max));
}

TEST_CASE("what nobody was left to hear is told to nobody", "[dashboard][pure]") {
  Studio studio;
  StudioBrowser first{studio, "request,failover"};
  first.connect();
  studio.turn();
  EndedRequests ended;
  ended.add(record_of("groq", "llama", Outcome::failover), RowsWanted::all);
  studio.broadcaster.ended(ended, studio.now());
  studio.broadcaster.in_force({7, 1'000, "ops", "ui", "", {}});
  studio.saw(cooling(state_of("groq"), 10s));
  first.leave();
  studio.pass(1h);
  studio.turn();
  StudioBrowser next{studio, "request,failover"};
  next.connect();
  studio.turn();
  next.read();
  CHECK(next.heard.empty());
}
