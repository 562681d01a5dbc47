// A peer with a certificate that says what no sane server says: it may spoil what nodes agree on,
// but none falls over.
#include "actors/cluster/raft_memory.hpp"
#include "log_cluster.hpp"

#include <catch2/catch.hpp>

namespace gateway {
namespace {

DocumentEntry some_edit(std::uint64_t base) {
  DocumentEntry entry;
  entry.edit.emplace().base = base;
  return entry;
}

/// Well-formed messages about terms and entries near those that a node has.
class Liar {
public:
  explicit Liar(SimWorld& world) : world_(world) {}

  RaftMessage message(const DocumentLog& log) {
    term_ = log.term();
    last_ = log.committed();
    switch (world_.below(8)) {
    case 0: return RaftAppendAnswer{near_term(), world_.below(3) * near_index(), near_index()};
    case 1:
      return RaftVoteRequest{
        near_term(), 1 + world_.below(5), near_index(), near_term(), coin(), coin()};
    case 2: return RaftVoteAnswer{near_term(), coin(), coin()};
    case 3: return RaftHandOn{near_term(), near_index(), near_term()};
    case 4: return install();
    default: return append();
    }
  }

private:
  bool coin() { return world_.is_so(0.5); }
  std::uint64_t near_term() { return std::max<std::uint64_t>(1, term_ + world_.below(5) - 2); }
  std::uint64_t near_index() { return std::max<std::uint64_t>(1, last_ + world_.below(12) - 6); }

  std::string servers() {
    struct raft_configuration made {};
    raft_configuration_init(&made);
    for (std::size_t i = 0; i <= world_.below(4); ++i) {
      const auto name = "node-" + std::to_string(i);
      const auto role = static_cast<int>(world_.below(3));
      REQUIRE(raft_configuration_add(&made, raft_server_id(name), name.c_str(), role) == 0);
    }
    auto text = servers_text(made);
    raft_configuration_close(&made);
    return text;
  }

  RaftMessage install() {
    RaftInstall message;
    message.term = near_term();
    message.snapshot = {near_index(), near_term(), 1, servers(), DocumentState{}.snapshot()};
    if (coin()) message.snapshot.bytes = "garbage";
    return message;
  }

  RaftMessage append() {
    RaftAppend message{near_term(), near_index(), near_term(), near_index(), {}};
    auto term = message.previous_term;
    for (auto count = world_.below(4); count > 0; --count) {
      term += world_.below(2);
      const auto kind = static_cast<std::uint8_t>(1 + world_.below(3));
      std::string bytes(8, 'x');
      if (kind == raft_entry_servers) bytes = servers();
      if (kind == raft_entry_command && coin()) bytes = encode(some_edit(0));
      message.entries.push_back({term, kind, bytes});
    }
    return message;
  }

  SimWorld& world_;
  std::uint64_t term_ = 0;
  std::uint64_t last_ = 0;
};

} // namespace

TEST_CASE("whatever a peer claims, no node falls over", "[document log][hostile]") {
  for (std::uint64_t seed = 1; seed <= log_seeds(15); ++seed) {
    CAPTURE(seed);
    // One node at a time: what several of them agree on is not what this is about.
    SimWorld world{seed};
    Liar liar{world};
    LogPromises promises;
    testing::TemporaryFolder data;
    testing::FaultyFiles files;
    auto store = *RaftStore::open(files, data / "document.log");
    const std::vector<std::string> founders{"node-0", "node-1", "node-2"};
    REQUIRE(DocumentLog::found(*store, founders));
    DocumentLog::Settings settings;
    settings.name = "node-0";
    settings.seed = seed;
    settings.snapshot_entries = 6;
    settings.kept_entries = 2;
    auto now = Instant{std::chrono::seconds{100}};
    std::unique_ptr<DocumentLog> log;
    for (int turn = 0; turn < 400; ++turn) {
      if (!log || log->failure()) {
        // What was made up may be damage to the next start, which says so.
        log.reset();
        auto started = DocumentLog::start(*store, settings, now);
        if (!started) break;
        log = *std::move(started);
      }
      now += Milliseconds{world.below(400)};
      log->tick(now);
      if (log->failure()) continue;
      const auto from = "node-" + std::to_string(1 + world.below(4));
      DocumentPeers peers{[&] { return world.below(1'000); }};
      peers.send("node-0", DocumentPeers::Kind::agreement, encode(liar.message(*log)));
      for (const auto& sent : peers.take()) static_cast<void>(log->receive(from, sent.bytes, now));
      if (!log->failure() && world.is_so(0.1))
        static_cast<void>(log->propose(some_edit(log->state().version()), now));
      log->take_outgoing();
    }
  }
}

} // namespace gateway
