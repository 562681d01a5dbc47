#include "log_cluster.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace gateway {

WatchedDisk::WatchedDisk(std::string node, std::string folder, LogPromises& promises)
    : node_(std::move(node)), folder_(std::move(folder)), promises_(promises) {
  revive();
}

void WatchedDisk::revive() {
  store_.reset();
  files_ = std::make_unique<testing::FaultyFiles>();
  auto opened = RaftStore::open(*files_, folder_);
  REQUIRE(opened);
  store_ = *std::move(opened);
}

void WatchedDisk::die_in(std::uint64_t calls, std::size_t reached) {
  const auto death = files_->calls + calls;
  files_->fails = [this, death, reached](testing::FileCall, std::uint64_t number) {
    if (number + 1 == death) files_->short_write = reached;
    return number >= death ? std::optional{EIO} : std::nullopt;
  };
}

void WatchedDisk::live_on() {
  files_->fails = nullptr;
  files_->short_write.reset();
}

void WatchedDisk::check_vote(std::uint64_t vote) {
  if (vote == 0) return;
  auto& given = promises_.votes[{node_, term_}];
  REQUIRE((given == 0 || given == vote));
  given = vote;
}

Result<RaftState> WatchedDisk::load() {
  auto state = store_->load();
  REQUIRE(state);
  REQUIRE(state->term >= term_);
  if (state->term == term_ && vote_ != 0) REQUIRE(state->vote == vote_);
  term_ = state->term;
  vote_ = state->vote;
  check_vote(vote_);
  const auto covered = state->snapshot ? state->snapshot->index : 0;
  if (!is_torn_)
    for (const auto& [index, entry] : entries_) {
      if (index <= covered) continue;
      REQUIRE(index >= state->first);
      REQUIRE(index <= state->last());
      REQUIRE(state->entries[index - state->first] == entry);
    }
  is_torn_ = false;
  entries_.clear();
  for (auto index = state->first; index <= state->last(); ++index)
    entries_[index] = state->entries[index - state->first];
  return state;
}

Result<void> WatchedDisk::set_term(std::uint64_t term) {
  auto done = store_->set_term(term);
  if (!done) return done;
  REQUIRE(term > term_);
  term_ = term;
  vote_ = 0;
  return done;
}

Result<void> WatchedDisk::set_vote(std::uint64_t server) {
  auto done = store_->set_vote(server);
  if (!done) return done;
  vote_ = server;
  check_vote(vote_);
  return done;
}

Result<void> WatchedDisk::append(std::span<const RaftEntry> entries) {
  auto done = store_->append(entries);
  if (!done) return done;
  auto index = entries_.empty() ? 0 : entries_.rbegin()->first;
  if (index == 0) {
    const auto snapshot = store_->snapshot();
    index = snapshot ? snapshot->index : 0;
  }
  for (const auto& entry : entries) entries_[++index] = entry;
  return done;
}

Result<void> WatchedDisk::truncate(std::uint64_t index) {
  auto done = store_->truncate(index);
  is_torn_ = !done;
  if (done) entries_.erase(entries_.lower_bound(index), entries_.end());
  return done;
}

Result<void> WatchedDisk::put_snapshot(const RaftSnapshot& snapshot, std::uint64_t first) {
  auto done = store_->put_snapshot(snapshot, first);
  is_torn_ = !done;
  if (done) entries_.erase(entries_.begin(), entries_.lower_bound(first));
  if (done && first > snapshot.index) entries_.clear();
  return done;
}

LogCluster::Node::Node(std::string called, LogPromises& promises)
    : name(std::move(called)), disk(name, data / "document.log", promises) {}

LogCluster::LogCluster(std::uint64_t seed, std::size_t count, DocumentLog::Settings wanted)
    : world(seed), settings(std::move(wanted)) {
  for (std::size_t i = 0; i < count; ++i)
    nodes.push_back(std::make_unique<Node>("node-" + std::to_string(i), promises));
}

void LogCluster::found(std::size_t count) {
  std::vector<std::string> founders;
  for (std::size_t i = 0; i < count; ++i) founders.push_back(nodes[i]->name);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i < count) REQUIRE(DocumentLog::found(nodes[i]->disk, founders));
    start(i);
  }
}

void LogCluster::start(std::size_t node) {
  auto& one = *nodes[node];
  settings.name = one.name;
  settings.seed = world.below(1U << 30U);
  auto started = DocumentLog::start(one.disk, settings, now());
  REQUIRE(started);
  one.log = *std::move(started);
  tick(node, ++one.life);
}

void LogCluster::kill(std::size_t node) {
  auto& one = *nodes[node];
  one.log.reset();
  if (world.is_so(0.3)) one.disk.lose_power();
  one.disk.revive();
}

void LogCluster::run(double seconds) {
  world.run_until(world.now() + sim_seconds(seconds));
}

void LogCluster::heal() {
  network = {};
  for (const auto& node : nodes) node->disk.live_on();
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (!is_up(i)) start(i);
}

void LogCluster::isolate(std::size_t node) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    network.cut.insert({i, node});
    network.cut.insert({node, i});
  }
}

std::size_t LogCluster::number_of(const std::string& name) const {
  const auto is_it = [&](const auto& node) { return node->name == name; };
  return static_cast<std::size_t>(std::ranges::find_if(nodes, is_it) - nodes.begin());
}

void LogCluster::tick(std::size_t node, std::uint64_t life) {
  auto& one = *nodes[node];
  if (!one.log || one.life != life) return;
  one.log->tick(now());
  pump(node);
  world.after(sim_seconds(world.uniform(0.03, 0.07)), [this, node, life] { tick(node, life); });
}

void LogCluster::pump(std::size_t node) {
  auto& one = *nodes[node];
  note(one);
  for (const auto& message : one.log->take_outgoing()) {
    message_bytes_max = std::max(message_bytes_max, message.bytes.size());
    const auto to = number_of(message.to);
    if (to == nodes.size()) continue;
    network.send(world, node, to, [this, node, to, bytes = message.bytes] {
      if (!is_up(to)) return;
      REQUIRE(log(to).receive(nodes[node]->name, bytes, now()));
      pump(to);
    });
  }
  // Its disk failed: the process died there.
  if (!one.log->failure()) return;
  CAPTURE(one.log->failure()->message);
  REQUIRE(one.log->failure()->kind == ErrorKind::storage_unavailable);
  kill(node);
  world.after(sim_seconds(world.uniform(0.3, 5)), [this, node] {
    if (!is_up(node)) start(node);
  });
}

void LogCluster::note(Node& node) {
  auto& log = *node.log;
  if (log.is_leader()) {
    const auto& leader = promises.leaders.insert({log.term(), node.name}).first->second;
    REQUIRE(leader == node.name);
  }
  for (const auto& one : log.take_happened()) {
    if (!one.entry) {
      ++promises.installed;
      continue;
    }
    const auto bytes = encode(*one.entry);
    REQUIRE(promises.entries.insert({one.index, bytes}).first->second == bytes);
  }
  const auto& state = log.state();
  REQUIRE(promises.texts.insert({state.version(), state.text()}).first->second == state.text());
  for (auto& one : log.take_decided()) {
    if (!one.outcome)
      ++promises.undecided;
    else if (one.outcome->verdict == EntryOutcome::Verdict::taken)
      promises.taken[one.outcome->version] = one.proposal;
    else
      ++promises.refused;
    decided_[one.proposal] = std::move(one);
  }
}

std::optional<std::size_t> LogCluster::leader() const {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!is_up(i) || !nodes[i]->log->is_leader()) continue;
    if (!found || nodes[i]->log->term() > nodes[*found]->log->term()) found = i;
  }
  return found;
}

bool LogCluster::agree(std::uint64_t version) const {
  const DocumentState* first = nullptr;
  for (const auto& node : nodes) {
    if (!node->log) continue;
    const auto& state = node->log->state();
    if (first == nullptr) first = &state;
    if (state.version() < version || !(state == *first)) return false;
  }
  return first != nullptr;
}

std::optional<std::uint64_t>
LogCluster::edit_of(std::size_t node, std::uint64_t base, const std::string& line) {
  const auto& before = promises.texts.at(base);
  DocumentEntry entry;
  auto& edit = entry.edit.emplace();
  edit.base = base;
  edit.note.by = nodes[node]->name;
  edit.note.summary = {"added " + line.substr(0, 80)};
  edit.splice = splice_of(before, before + line + "\n");
  const auto note = edit.note;
  const auto proposal = log(node).propose(std::move(entry), now());
  if (proposal) proposed_[*proposal] = note;
  pump(node);
  return proposal ? std::optional{*proposal} : std::nullopt;
}

std::optional<std::uint64_t> LogCluster::edit(std::size_t node, const std::string& line) {
  return edit_of(node, log(node).state().version(), line);
}

std::optional<DocumentLog::Decided> LogCluster::decided(std::uint64_t proposal) const {
  const auto found = decided_.find(proposal);
  return found == decided_.end() ? std::nullopt : std::optional{found->second};
}

bool LogCluster::decide(std::uint64_t proposal, double seconds) {
  return run_until([&] { return decided(proposal).has_value(); }, seconds);
}

std::string LogCluster::describe() const {
  std::string text;
  for (const auto& node : nodes) {
    text += "\n" + node->name;
    if (!node->log) {
      text += " is down";
      continue;
    }
    const auto& log = *node->log;
    text += " term " + std::to_string(log.term()) + " leader " + log.leader() + " committed "
      + std::to_string(log.committed()) + " version " + std::to_string(log.state().version());
    for (const auto& server : log.servers())
      text += " [" + server.name + " " + std::to_string(static_cast<int>(server.role)) + " "
        + std::to_string(server.has) + "]";
  }
  return text;
}

void LogCluster::check_all() {
  const bool has_agreed = run_until([&] { return leader() && agree(); }, 60);
  CAPTURE(describe());
  REQUIRE(has_agreed);
  // What an editor was told stands, under the number that it was told.
  const auto& state = nodes.front()->log->state();
  for (const auto& version : state.since(0)) {
    const auto told = promises.taken.find(version.version);
    if (told != promises.taken.end()) REQUIRE(proposed_.at(told->second) == version.note);
  }
  if (!promises.taken.empty()) REQUIRE(promises.taken.rbegin()->first <= state.version());
}

std::uint64_t log_seeds(std::uint64_t usual) {
  const char* wanted = std::getenv("GATEWAY_SEEDS");
  return wanted != nullptr ? std::strtoul(wanted, nullptr, 10) : usual;
}

} // namespace gateway
