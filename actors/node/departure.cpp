#include "actors/node/departure.hpp"

#include "actors/node/audit_log_facts.hpp"
#include "net/base/log.hpp"
#include "persistence/files.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <filesystem>

namespace gateway {
namespace {

// Less than any write-off takes (actors/cluster/broker.cpp).
constexpr Nanoseconds away_for_long = 8s;
constexpr Milliseconds hand_on_most{2'000};
constexpr Milliseconds leave_least{1'000};
constexpr std::chrono::seconds actor_answer_max{30};

} // namespace

bool depart(caf::actor_system& system, const DocumentLogActor& log, bool leaves, Instant until) {
  const auto left = std::chrono::duration_cast<Milliseconds>(until - BootClock::now());
  const auto most = leaves ? std::max(left, leave_least) : hand_on_most;
  bool is_done = false;
  caf::scoped_actor self{system};
  self->request(log, most, NodeStopsRequest{leaves})
    .receive([&](NodeStopsAnswer answer) { is_done = answer.is_out; }, [](const caf::error&) {});
  if (!leaves) return false;
  if (is_done)
    log::info("node has left the cluster");
  else
    log::warn(
      "node did not leave the cluster: not all could be handed over in time, or to nobody. What it "
      "holds stays in its permit book and is there again at its next start most_ms={}",
      most.count());
  return is_done;
}

bool end_recording(
  caf::actor_system& system,
  const LedgerActor& ledger,
  const HistoryActor& history,
  const EventsActor& events) {
  bool good = true;
  caf::scoped_actor self{system};
  self->request(ledger, actor_answer_max, LedgerStopRequest{})
    .receive([](const LedgerStopAnswer&) {}, [&](const caf::error&) { good = false; });
  self->request(history, actor_answer_max, HistoryStopRequest{})
    .receive([](const HistoryStopAnswer&) {}, [&](const caf::error&) { good = false; });
  self->request(events, actor_answer_max, EventHappened{node_event("stopped"), 0})
    .receive(
      [&](const EventWritten& written) { good &= written.stands; },
      [&](const caf::error&) { good = false; });
  return good;
}

bool may_have_been_removed(
  const OpenedLog& opened, const PermitMemory& memory, const std::string& node, Instant now) {
  if (!opened.log) return false;
  const auto last = memory.last_alive();
  if (last && now - *last < away_for_long) return false;
  // This node's own vote, if it has one, is not among the others'.
  const auto voters = voters_of(opened.log->servers());
  const auto others = voters.size() - static_cast<std::size_t>(std::ranges::count(voters, node));
  return 2 * others > voters.size();
}

std::string give_up_book(const std::string& data, NodeIdentity identity, std::uint64_t epoch) {
  identity.epoch = std::max(identity.epoch + 1, epoch);
  const std::string why = epoch > 0
    ? "stops: a newer life of this node was there, from a copy of its data folder"
    : "stops: others had more of this node than its permit book says, which is an older copy";
  log::error("node {}. The next start asks the others what it holds", why);
  if (auto stored = store_identity(data, identity); !stored)
    log::error("data folder not written problem={}", stored.error().message);
  return why;
}

Result<void> forget_membership(
  const std::string& data,
  const NodeIdentity& identity,
  const PermitMemory& memory,
  const std::string& next_cluster) {
  // The identity first: from then on the rest is nobody's.
  NodeIdentity another;
  another.id = random_id();
  another.incarnation = identity.incarnation;
  another.cluster = next_cluster.empty() ? identity.cluster : next_cluster;
  if (auto stored = store_identity(data, another); !stored) return stored;
  std::error_code error;
  for (const auto& path :
       {std::filesystem::path{data + "/document.log"},
        std::filesystem::path{data + "/permits.clean.json"},
        std::filesystem::path{data + "/permits.journal.jsonl"},
        memory.file()}) {
    std::filesystem::remove_all(path, error);
    if (error)
      return fail(
        ErrorKind::storage_unavailable, path.string() + " can't be removed: " + error.message());
  }
  if (const auto synced = real_files().sync_folder(data); synced < 0)
    return fail(ErrorKind::storage_unavailable, data + " can't be synced: " + errno_text(synced));
  return {};
}

} // namespace gateway
