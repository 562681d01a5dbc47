#pragma once

#include "actors/dashboard/broadcaster.hpp"
#include "actors/dashboard/event_ring.hpp"
#include "tests/actors/dashboard/scene.hpp"

#include <nlohmann/json.hpp>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

/// A node's broadcaster with one io thread, on a clock that the test moves.
class Studio {
public:
  Studio() : broadcaster{LiveView{{"node-1", "1", noon}, {}}, "e"} {
    market_.model("groq", "llama", 1, 1);
    broadcaster.change().configured(market_.plan());
    broadcaster.change().saw(state_of("groq"), noon);
    broadcaster.change().saw(NodeUse{}, noon);
  }

  Broadcaster::Moment now() const { return {Instant{} + 1h + passed_, noon + passed_}; }
  void pass(Milliseconds time) { passed_ += time; }

  /// So many requests have ended, and the dashboard has looked.
  void count(int requests) {
    if (requests > 0)
      broadcaster.change().count(tally_of(record_of("groq", "llama"), requests), now().wall);
    total += requests;
  }
  void saw(ProviderState state) { broadcaster.change().saw(std::move(state), now().wall); }
  void turn() { tell(broadcaster.turn(now())); }
  void tell(const LiveNotice& notice) { ring.add(notice, now().at); }

  Broadcaster broadcaster;
  EventRing ring{"e"};
  std::int64_t total = 0;

private:
  Market market_;
  Milliseconds passed_{0};
};

/// One browser: adds up what it hears, and knows the last id like an EventSource.
class StudioBrowser {
public:
  StudioBrowser(Studio& studio, std::string topics, std::vector<std::string> conditions = {})
      : studio_(studio), topics_(*read_topics(topics, std::move(conditions))) {}

  void connect() {
    const auto last = read_position(last_id);
    std::optional<std::uint64_t> before;
    if (last && studio_.ring.covers(*last)) before = last->sequence;
    LiveNotice notice;
    const auto opened = studio_.broadcaster.open(topics_, before, studio_.now(), notice);
    studio_.tell(notice);
    resumed = !opened.snapshot;
    at_ = opened.position;
    if (opened.snapshot) hear(id_line(opened.epoch, at_) + *opened.snapshot);
    connected = true;
  }

  /// Takes one batch; of its bytes only `arrive` do before the line is cut.
  void read(std::size_t arrive = std::string::npos) {
    if (!connected) return;
    if (studio_.ring.has_missed(at_)) {
      LiveNotice notice;
      const auto opened = studio_.broadcaster.begin_anew(studio_.now(), notice);
      studio_.tell(notice);
      at_ = opened.position;
      ++began_anew;
      hear(id_line(opened.epoch, at_) + *opened.snapshot);
      return;
    }
    const auto batch = studio_.ring.take(at_, topics_);
    at_ = batch.position;
    hear(std::string_view{batch.text}.substr(0, arrive));
    if (arrive != std::string::npos) leave();
  }

  void leave() {
    if (std::exchange(connected, false)) studio_.broadcaster.close(topics_, studio_.now());
  }

  std::int64_t requests = 0;
  std::vector<std::pair<std::string, nlohmann::json>> heard; // other events
  std::string last_id;
  bool resumed = false;
  bool connected = false;
  int began_anew = 0;
  int ticks = 0;

private:
  // Only whole events count, as in a browser.
  void hear(std::string_view text) {
    for (;;) {
      const auto end = text.find("\n\n");
      if (end == std::string_view::npos) return;
      std::istringstream lines{std::string{text.substr(0, end)}};
      text.remove_prefix(end + 2);
      std::string line;
      std::string name;
      while (std::getline(lines, line)) {
        if (line.starts_with("id: ")) last_id = line.substr(4);
        if (line.starts_with("event: ")) name = line.substr(7);
        if (line.starts_with("data: ")) apply(name, nlohmann::json::parse(line.substr(6)));
      }
    }
  }

  void apply(const std::string& name, const nlohmann::json& data) {
    if (name == "snapshot") {
      requests = 0;
      for (const auto& second : data["totals"]["v"])
        if (!second.is_null()) requests += second[0].get<std::int64_t>();
    }
    if (name != "tick" && name != "snapshot") heard.emplace_back(name, data);
    if (name != "tick") return;
    ++ticks;
    requests += data["tot"][0].get<std::int64_t>();
  }

  Studio& studio_;
  StreamTopics topics_;
  std::uint64_t at_ = 0;
};

} // namespace gateway
