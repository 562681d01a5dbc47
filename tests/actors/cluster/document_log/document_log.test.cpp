#include "log_cluster.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace gateway {
namespace {

using ServerRole = RaftServer::Role;

/// Three nodes, of which one leads.
struct Three : LogCluster {
  explicit Three(DocumentLog::Settings wanted = {}) : LogCluster(7, 3, std::move(wanted)) {
    found(3);
    REQUIRE(run_until([&] { return leader().has_value(); }));
  }
  std::size_t follower() const { return (*leader() + 1) % 3; }
};

bool is_voter(const DocumentLog& log, const std::string& name) {
  const auto servers = log.servers();
  return std::ranges::any_of(
    servers, [&](const auto& one) { return one.name == name && one.role == ServerRole::voter; });
}

} // namespace

TEST_CASE("a node alone decides at once", "[document log]") {
  LogCluster one{1, 1};
  one.found(1);
  CHECK(one.leader() == 0U);
  const auto proposal = one.edit(0, "first");
  REQUIRE(proposal);
  REQUIRE(one.decided(*proposal));
  CHECK(one.log(0).state().text() == "first\n");
  CHECK(one.log(0).state().version() == 1);
  // And it is there again after a kill.
  one.kill(0);
  one.start(0);
  CHECK(one.log(0).state().text() == "first\n");
}

TEST_CASE("an edit on any node is in force on all, in one order", "[document log]") {
  Three three;
  for (std::size_t node = 0; node < 3; ++node) {
    const auto proposal = three.edit(node, "of " + std::to_string(node));
    REQUIRE(proposal);
    REQUIRE(three.decide(*proposal));
    CHECK(three.decided(*proposal)->outcome->verdict == EntryOutcome::Verdict::taken);
    REQUIRE(three.run_until([&] { return three.agree(node + 1); }));
  }
  CHECK(three.log(0).state().text() == "of 0\nof 1\nof 2\n");
}

TEST_CASE("of two edits at once one counts, and the other is told of it", "[document log]") {
  Three three;
  const auto first = three.edit_of(0, 0, "one");
  const auto second = three.edit_of(1, 0, "other");
  REQUIRE((first && second));
  REQUIRE(three.decide(*first));
  REQUIRE(three.decide(*second));
  auto verdicts =
    std::vector{three.decided(*first)->outcome->verdict, three.decided(*second)->outcome->verdict};
  std::ranges::sort(verdicts);
  CHECK(verdicts == std::vector{EntryOutcome::Verdict::taken, EntryOutcome::Verdict::stale});
  const bool first_won = three.decided(*first)->outcome->verdict == EntryOutcome::Verdict::taken;
  const auto since = three.log(first_won ? 1 : 0).state().since(0);
  REQUIRE(since.size() == 1);
  CHECK(since.front().note.by == (first_won ? "node-0" : "node-1"));
  CHECK(
    since.front().note.summary
    == std::vector<std::string>{first_won ? "added one" : "added other"});
}

TEST_CASE("without a majority nothing is decided, and later what was kept", "[document log]") {
  Three three;
  const auto leads = *three.leader();
  three.isolate(leads);
  const auto proposal = three.edit(leads, "cut off");
  REQUIRE(proposal);
  REQUIRE(three.decide(*proposal, 20));
  CHECK_FALSE(three.decided(*proposal)->outcome);
  CHECK(three.log(leads).state().version() == 0);
  // The others go on, and it comes to the same.
  REQUIRE(three.run_until([&] { return three.leader() && *three.leader() != leads; }));
  const auto others = three.edit(*three.leader(), "majority");
  REQUIRE(three.decide(*others));
  three.heal();
  REQUIRE(three.run_until([&] { return three.agree(1); }));
  CHECK(three.log(leads).state().text().find("majority") != std::string::npos);
}

TEST_CASE("a leader that dies is replaced, and what it had promised stands", "[document log]") {
  Three three;
  for (int i = 0; i < 5; ++i) {
    const auto leads = *three.leader();
    const auto proposal = three.edit(leads, std::to_string(i));
    REQUIRE(three.decide(*proposal));
    REQUIRE(three.decided(*proposal)->outcome);
    three.kill(leads);
    REQUIRE(three.run_until([&] { return three.leader() && *three.leader() != leads; }));
    REQUIRE(three.run_until([&] {
      return three.log(*three.leader()).state().version() == static_cast<unsigned>(i) + 1;
    }));
    three.start(leads);
    three.run(1);
  }
  three.check_all();
}

TEST_CASE("leadership can be handed on", "[document log]") {
  Three three;
  const auto before = *three.leader();
  const auto wanted = three.follower();
  three.run(1);
  REQUIRE(three.log(before).hand_on(three.nodes[wanted]->name) == DocumentLog::Change::begun);
  REQUIRE(three.run_until([&] { return three.leader() == wanted; }, 3));
  CHECK(three.run_until([&] { return three.log(before).leader() == three.nodes[wanted]->name; }));
  CHECK(three.log(before).hand_on("") == DocumentLog::Change::not_leader);
}

TEST_CASE("voters are added and removed one at a time", "[document log]") {
  LogCluster four{3, 4};
  four.found(3);
  REQUIRE(four.run_until([&] { return four.leader().has_value(); }));
  const auto proposal = four.edit(0, "before");
  REQUIRE(four.decide(*proposal));
  const auto& added = four.nodes[3]->name;
  // It knows of no cluster, and disturbs none.
  CHECK(four.log(3).servers().empty());
  CHECK(four.log(3).leader().empty());
  REQUIRE(four.change([&](DocumentLog& log) { return log.add_server(added); }));
  REQUIRE(four.change([&](DocumentLog& log) { return log.assign(added, ServerRole::standby); }));
  REQUIRE(four.run_until([&] { return four.agree(1); }));
  CHECK_FALSE(is_voter(four.log(3), added));
  REQUIRE(four.change([&](DocumentLog& log) { return log.assign(added, ServerRole::voter); }));
  REQUIRE(four.run_until([&] { return is_voter(four.log(3), added); }));
  // Now one of the founders may go: the leader even, once another one leads.
  const auto leads = *four.leader();
  const auto gone = four.nodes[leads]->name;
  CHECK(four.log(leads).remove_server(gone) == DocumentLog::Change::hand_on);
  REQUIRE(four.log(leads).hand_on("") == DocumentLog::Change::begun);
  REQUIRE(four.run_until([&] { return four.leader() && *four.leader() != leads; }));
  auto removal = DocumentLog::Change::not_leader;
  REQUIRE(four.run_until([&] {
    if (removal == DocumentLog::Change::not_leader)
      removal = four.log(*four.leader()).remove_server(gone);
    return removal == DocumentLog::Change::begun;
  }));
  CHECK(four.log(*four.leader()).remove_server(added) == DocumentLog::Change::busy);
  REQUIRE(four.run_until([&] { return four.log(*four.leader()).servers().size() == 3; }));
  const auto after = four.edit(*four.leader(), "after");
  REQUIRE(four.decide(*after));
  CHECK(four.decided(*after)->outcome);
}

TEST_CASE("a node that was away for 1 000 versions catches up", "[document log]") {
  Three three;
  const auto away = three.follower();
  three.kill(away);
  for (std::uint64_t version = 0; version < 1'000; ++version) {
    const auto leads = *three.leader();
    const auto proposal = three.edit(leads, std::to_string(version));
    REQUIRE(proposal);
    REQUIRE(three.decide(*proposal));
    REQUIRE(three.decided(*proposal)->outcome);
  }
  const auto installed = three.promises.installed;
  three.start(away);
  CHECK(three.log(away).state().version() == 0);
  REQUIRE(three.run_until([&] { return three.agree(1'000); }));
  CHECK(three.promises.installed == installed + 1);
  CHECK(three.log(away).state().since(990).size() == 10);
  // Its own next start needs nobody.
  three.kill(away);
  three.isolate(away);
  three.start(away);
  CHECK(three.log(away).state().version() >= 1'000 - three.settings.snapshot_entries);
}

TEST_CASE(
  "a document of megabytes goes in parts, and others are not kept waiting", "[document log]") {
  DocumentLog::Settings settings;
  settings.snapshot_bytes = 1024 * 1024;
  settings.kept_bytes = 1024;
  Three three{settings};
  const auto away = three.follower();
  three.kill(away);
  const auto term = three.log(*three.leader()).term();
  for (int i = 0; i < 3; ++i) {
    const std::string long_line(1'500'000, static_cast<char>('a' + i));
    const auto proposal = three.edit(*three.leader(), long_line);
    REQUIRE(three.decide(*proposal));
    REQUIRE(three.decided(*proposal)->outcome);
  }
  three.start(away);
  REQUIRE(three.run_until([&] { return three.agree(3); }));
  CHECK(three.promises.installed >= 1);
  CHECK(three.message_bytes_max <= 64 * 1024);
  // Nobody missed the leader meanwhile.
  CHECK(three.log(*three.leader()).term() == term);
}

TEST_CASE("a long proposal reaches the leader from any node", "[document log]") {
  Three three;
  const std::string long_line(300'000, 'x');
  const auto proposal = three.edit(three.follower(), long_line);
  REQUIRE(three.decide(*proposal));
  REQUIRE(three.run_until([&] { return three.agree(1); }));
  CHECK(three.log(0).state().text() == long_line + "\n");
}

TEST_CASE("nobody founds twice", "[document log]") {
  LogCluster one{1, 1};
  one.found(1);
  one.kill(0);
  const auto again = DocumentLog::found(one.nodes[0]->disk, {"node-0", "node-1"});
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::invalid_value);
  CHECK_FALSE(DocumentLog::found(one.nodes[0]->disk, {}));
}

TEST_CASE(
  "with the majority gone for good, an operator goes on with who is left", "[document log]") {
  Three three;
  const auto proposal = three.edit(0, "kept");
  REQUIRE(three.decide(*proposal));
  REQUIRE(three.run_until([&] { return three.agree(1); }));
  const auto left = three.follower();
  for (std::size_t i = 0; i < 3; ++i) three.kill(i);
  REQUIRE(DocumentLog::recover(three.nodes[left]->disk, {three.nodes[left]->name}));
  three.start(left);
  CHECK(three.leader() == left);
  CHECK(three.log(left).state().text() == "kept\n");
  const auto next = three.edit(left, "alone");
  REQUIRE(three.decided(*next));
}

TEST_CASE("servers that nobody agreed to are forgotten, even behind a snapshot", "[document log]") {
  DocumentLog::Settings settings;
  settings.snapshot_entries = 8;
  settings.kept_entries = 2;
  LogCluster three{5, 3, settings};
  three.found(3);
  REQUIRE(three.run_until([&] { return three.leader().has_value(); }));
  const auto edits = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const auto proposal = three.edit(*three.leader(), std::to_string(i));
      REQUIRE(three.decide(*proposal));
    }
  };
  edits(30);
  REQUIRE(three.run_until([&] { return three.agree(30); }));
  // A leader that is cut off takes a server in, and nobody hears of it.
  const auto cut_off = *three.leader();
  three.isolate(cut_off);
  REQUIRE(three.log(cut_off).add_server("node-3") == DocumentLog::Change::begun);
  CHECK(three.log(cut_off).servers().size() == 4);
  bool restarts = GENERATE(false, true);
  if (restarts) {
    three.kill(cut_off);
    three.start(cut_off);
  }
  REQUIRE(three.run_until([&] { return three.leader() && *three.leader() != cut_off; }));
  edits(3);
  three.heal();
  REQUIRE(three.run_until([&] { return three.log(cut_off).state().version() == 33; }));
  CHECK(three.log(cut_off).servers().size() == 3);
}

TEST_CASE("what no node could read is not proposed", "[document log]") {
  LogCluster one{1, 1};
  one.found(1);
  DocumentEntry entry;
  CHECK_FALSE(one.log(0).propose(entry, one.now())); // it says nothing
  entry.edit.emplace().note.note.assign(10'000, 'x');
  const auto refused = one.log(0).propose(entry, one.now());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid_value);
  const auto next = one.edit(0, "short");
  CHECK(one.decided(*next)->outcome->version == 1);
}

TEST_CASE("garbage of a peer is an error, and harms nobody", "[document log]") {
  Three three;
  auto& log = three.log(0);
  CHECK_FALSE(log.receive("node-1", "", three.now()));
  CHECK_FALSE(log.receive("node-1", "garbage", three.now()));
  CHECK_FALSE(log.receive("stranger", std::string(60'000, '\1'), three.now()));
  const auto proposal = three.edit(0, "sane");
  REQUIRE(three.decide(*proposal));
}

} // namespace gateway
