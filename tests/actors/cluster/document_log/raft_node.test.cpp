// One node, and a script of what its peers say: what the library by itself would do wrong.
#include "actors/cluster/document_log.hpp"
#include "actors/cluster/raft_memory.hpp"
#include "persistence/raft_store.hpp"
#include "tests/persistence/store_support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>

namespace gateway {
namespace {

/// node-0 of three; the others are played.
class Puppet {
public:
  explicit Puppet(const std::vector<std::string>& founders = {"node-0", "node-1", "node-2"}) {
    store_ = *RaftStore::open(files_, data_ / "document.log");
    REQUIRE(DocumentLog::found(*store_, founders));
    start();
  }

  void start() {
    log_.reset();
    DocumentLog::Settings settings;
    settings.name = "node-0";
    auto started = DocumentLog::start(*store_, settings, now_);
    REQUIRE(started);
    log_ = *std::move(started);
  }
  DocumentLog& log() { return *log_; }

  void hear(const std::string& from, const RaftMessage& message) {
    DocumentPeers peers{[] { return std::uint64_t{1}; }};
    peers.send("node-0", DocumentPeers::Kind::agreement, encode(message));
    for (const auto& one : peers.take()) REQUIRE(log().receive(from, one.bytes, now_));
  }
  /// What it said to a node since it was asked last, of one kind.
  template <class Message>
  std::vector<Message> said(const std::string& to) {
    std::vector<Message> found;
    DocumentPeers peers{[] { return std::uint64_t{1}; }};
    for (const auto& one : log().take_outgoing()) {
      const auto read = peers.receive("node-0", one.bytes);
      REQUIRE((read && *read));
      const auto message = decode_raft_message((*read)->bytes);
      REQUIRE(message);
      if (one.to == to && std::holds_alternative<Message>(*message))
        found.push_back(std::get<Message>(*message));
    }
    return found;
  }
  void wait(Milliseconds time) {
    for (const auto end = now_ + time; now_ < end; now_ += 50ms) log().tick(now_);
  }
  /// The others vote for it.
  void lead() {
    wait(2'100ms);
    hear("node-1", RaftVoteAnswer{log().term() + 1, true, true});
    hear("node-1", RaftVoteAnswer{log().term(), true, false});
    REQUIRE(log().is_leader());
  }
  /// All that it sent to a node has arrived there.
  void acknowledge(const std::string& from, std::uint64_t last) {
    hear(from, RaftAppendAnswer{log().term(), 0, last});
  }

private:
  testing::TemporaryFolder data_;
  testing::FaultyFiles files_;
  std::unique_ptr<RaftStore> store_;
  Instant now_{std::chrono::seconds{100}};
  std::unique_ptr<DocumentLog> log_;
};

RaftEntry edit_entry(std::uint64_t term) {
  DocumentEntry entry;
  entry.proposal = term;
  entry.edit.emplace();
  return {term, raft_entry_command, encode(entry)};
}

/// A leader of term 2 left an entry behind that nobody else has.
void leave_entry(Puppet& node) {
  node.hear("node-1", RaftAppend{2, 1, 1, 1, {edit_entry(2)}});
  CHECK(node.said<RaftAppendAnswer>("node-1") == std::vector{RaftAppendAnswer{2, 0, 2}});
}

} // namespace

TEST_CASE("what an earlier leader left is not taken for the next one's", "[document log][guard]") {
  Puppet node;
  leave_entry(node);
  // Another leader has other entries; this message shows that the first one is the same.
  node.hear("node-2", RaftAppend{3, 1, 1, 2, {}});
  CHECK(node.log().committed() == 1);
  CHECK(node.log().state().version() == 0);
  CHECK(node.said<RaftAppendAnswer>("node-2") == std::vector{RaftAppendAnswer{3, 0, 1}});
  // Its own come in place of that.
  node.hear("node-2", RaftAppend{3, 1, 1, 3, {edit_entry(3), {3, raft_entry_barrier, "12345678"}}});
  CHECK(node.log().committed() == 3);
  CHECK(node.said<RaftAppendAnswer>("node-2") == std::vector{RaftAppendAnswer{3, 0, 3}});
  CHECK(node.log().state().version() == 1);
}

TEST_CASE(
  "a majority that has entries of earlier terms only decides nothing", "[document log][guard]") {
  Puppet node;
  leave_entry(node);
  node.lead();
  node.acknowledge("node-1", 2);
  CHECK(node.log().committed() == 1);
  // With an entry of its own term, those before are agreed on too.
  node.acknowledge("node-1", 3);
  CHECK(node.log().committed() == 3);
  CHECK(node.log().state().version() == 1);
}

TEST_CASE("who is alone leads in a term of its own", "[document log][guard]") {
  Puppet alone{{"node-0"}};
  CHECK(alone.log().is_leader());
  CHECK(alone.log().term() == 2);
  alone.start();
  CHECK(alone.log().term() == 3);
}

TEST_CASE("nobody votes twice in a term, not while handing on either", "[document log][guard]") {
  Puppet node;
  node.lead();
  node.acknowledge("node-1", 2);
  const auto term = node.log().term() + 1;
  REQUIRE(node.log().hand_on("node-1") == DocumentLog::Change::begun);
  CHECK(node.said<RaftHandOn>("node-1").size() == 1);
  // Somebody else was faster.
  node.hear("node-2", RaftAppendAnswer{term, 0, 2});
  REQUIRE_FALSE(node.log().is_leader());
  const auto ask = [&](const std::string& candidate) {
    node.hear(
      candidate, RaftVoteRequest{term, raft_server_id(candidate), 2, term - 1, true, false});
    const auto answers = node.said<RaftVoteAnswer>(candidate);
    return std::ranges::any_of(answers, &RaftVoteAnswer::is_granted);
  };
  CHECK(ask("node-2"));
  CHECK_FALSE(ask("node-1"));
}

TEST_CASE("who loses its vote hears of it when that is agreed on", "[document log][guard]") {
  Puppet node;
  node.lead();
  node.acknowledge("node-1", 2);
  node.acknowledge("node-2", 2);
  node.said<RaftAppend>("node-1");
  REQUIRE(node.log().assign("node-1", RaftServer::Role::standby) == DocumentLog::Change::begun);
  const auto hears = [&](const std::string& name) {
    node.wait(500ms);
    const auto appends = node.said<RaftAppend>(name);
    return std::ranges::any_of(appends, [](const RaftAppend& one) {
      return std::ranges::any_of(
        one.entries, [](const auto& entry) { return entry.kind == raft_entry_servers; });
    });
  };
  CHECK_FALSE(hears("node-1"));
  node.acknowledge("node-2", 3);
  CHECK(node.log().committed() == 3);
  // It says that it does not have it.
  node.hear("node-1", RaftAppendAnswer{node.log().term(), 3, 2});
  CHECK(hears("node-1"));
}

TEST_CASE("a leader keeps its vote, and so does the last voter", "[document log][guard]") {
  Puppet node;
  node.lead();
  node.acknowledge("node-1", 2);
  using Change = DocumentLog::Change;
  CHECK(node.log().assign("node-0", RaftServer::Role::standby) == Change::hand_on);
  CHECK(node.log().remove_server("node-0") == Change::hand_on);
  CHECK(node.log().remove_server("node-9") == Change::unknown);
  CHECK(node.log().assign("node-1", RaftServer::Role::voter) == Change::needless);
  Puppet alone{{"node-0"}};
  CHECK(alone.log().remove_server("node-0") == Change::last_voter);
}

TEST_CASE("two leaders in one term are not believed", "[document log][guard]") {
  Puppet node;
  node.lead();
  const auto term = node.log().term();
  node.hear("node-1", RaftAppend{term, 1, 1, 1, {edit_entry(term)}});
  CHECK(node.log().is_leader());
  CHECK_FALSE(node.log().failure());
}

} // namespace gateway
