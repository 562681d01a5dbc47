#include "persistence/raft_store.hpp"

#include "persistence/json_file.hpp"
#include "persistence/raft_scan.hpp"
#include "persistence/raft_snapshot_file.hpp"
#include "persistence/record_line.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <utility>

namespace gateway {
namespace {

constexpr mode_t only_we = 0600;
// A file of another version begins with something else, and is refused.
constexpr std::string_view entries_head = "llm-gateway document log 1\n";

Failed failed(std::string_view verb, const std::string& path, std::int64_t result) {
  return fail(
    ErrorKind::storage_unavailable, std::string(verb) + " " + path + ": " + errno_text(result));
}

/// Nothing where there is no such file.
Result<std::optional<std::string>> read_if_there(const std::string& path) {
  auto text = read_file(path);
  if (text) return std::optional{*std::move(text)};
  if (text.error().kind == ErrorKind::not_found) return std::optional<std::string>{};
  return fail(std::move(text.error()));
}

/// All in one write.
std::string
frames_of(std::span<const RaftEntry> entries, std::uint64_t first, std::uint64_t write) {
  std::string frames;
  auto left = static_cast<std::uint32_t>(entries.size());
  for (const auto& entry : entries) append_raft_frame(frames, entry, first++, write, --left);
  return frames;
}

} // namespace

Result<std::unique_ptr<RaftStore>> RaftStore::open(Files& files, const std::string& folder) {
  if (auto made = make_folder(folder); !made) return fail(std::move(made.error()));
  return std::unique_ptr<RaftStore>{new RaftStore(files, folder)};
}

Result<void> RaftStore::done(Result<void> result) {
  if (!result) broken_ = result.error();
  return result;
}

Result<RaftState> RaftStore::load() {
  RaftState state;
  offsets_.clear();
  if (auto loaded = load_vote(state); !loaded) return fail(std::move(loaded.error()));
  GATEWAY_TRY(const auto snapshot, read_if_there(path("snapshot")));
  if (snapshot) {
    GATEWAY_TRY(state.snapshot, read_raft_snapshot(*snapshot, path("snapshot")));
    state.first = state.snapshot->index + 1;
  }
  if (auto loaded = load_entries(state); !loaded) return fail(std::move(loaded.error()));
  auto term = state.snapshot ? state.snapshot->term : 0;
  if (!state.entries.empty()) term = state.entries.back().term;
  if (state.term < term)
    return damaged_raft_file(path("vote.json"), "is missing or older than the log");
  term_ = state.term;
  return state;
}

Result<void> RaftStore::load_vote(RaftState& state) {
  GATEWAY_TRY(const auto text, read_if_there(path("vote.json")));
  if (!text) return {};
  const auto fields = check_line(std::string_view{*text}.substr(0, text->find('\n')));
  const auto json = fields ? nlohmann::json::parse("{" + std::string(*fields) + "}", nullptr, false)
                           : nlohmann::json();
  const auto number = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_number_unsigned();
  };
  if (!number("term") || !number("vote")) return damaged_raft_file(path("vote.json"), "is damaged");
  state.term = json["term"].get<std::uint64_t>();
  state.vote = json["vote"].get<std::uint64_t>();
  return {};
}

Result<void> RaftStore::load_entries(RaftState& state) {
  GATEWAY_TRY(const auto text, read_if_there(path("entries")));
  if (!text) {
    // It is made first of all, so that it can't be missing later.
    if (state.term > 0 || state.snapshot) return damaged_raft_file(path("entries"), "is missing");
    return replace_entries(1, {});
  }
  if (!text->starts_with(entries_head))
    return damaged_raft_file(path("entries"), "is damaged, or of another version of this program");
  GATEWAY_TRY(auto scanned, scan_raft_entries(*text, entries_head.size(), path("entries")));
  cut_bytes_ = text->size() - scanned.bytes;
  const auto last = scanned.first + scanned.entries.size() - 1;
  if (!scanned.entries.empty() && scanned.first > state.first)
    return damaged_raft_file(path("entries"), "does not go back to the snapshot");
  if (state.snapshot && !scanned.entries.empty() && scanned.first < state.first) {
    // A snapshot of another server was stored, and the kill came before its entries went.
    const auto& snapshot = *state.snapshot;
    const bool agrees = last >= snapshot.index
      && scanned.entries[snapshot.index - scanned.first].term == snapshot.term;
    if (!agrees) return replace_entries(state.first, {});
  }
  write_ = scanned.write;
  auto offset = entries_head.size();
  for (const auto& entry : scanned.entries) {
    offsets_.push_back(offset);
    offset += raft_frame_bytes + entry.bytes.size() + 1;
  }
  if (!scanned.entries.empty()) state.first = scanned.first;
  first_ = state.first;
  state.entries = std::move(scanned.entries);
  return open_entries(scanned.bytes);
}

Result<void> RaftStore::open_entries(std::uint64_t bytes) {
  const auto file = path("entries");
  entries_ = Descriptor{files_, files_.open(file, O_WRONLY | O_APPEND, only_we)};
  if (!entries_.is_open()) return failed("open", file, entries_.number());
  bytes_ = bytes;
  if (cut_bytes_ == 0) return {};
  if (const int cut = files_.truncate(entries_.number(), bytes); cut < 0)
    return failed("cut", file, cut);
  if (const int synced = files_.sync(entries_.number()); synced < 0)
    return failed("sync", file, synced);
  return {};
}

Result<void> RaftStore::write_vote(std::uint64_t term, std::uint64_t vote) {
  std::string line;
  const auto fields = R"("term":)" + std::to_string(term) + R"(,"vote":)" + std::to_string(vote);
  if (!append_framed_line(line, fields)) broken_promise("a vote is no long line");
  return done(write_replaced(files_, path("vote.json"), line, only_we));
}

Result<void> RaftStore::set_term(std::uint64_t term) {
  if (broken_) return fail(*broken_);
  auto written = write_vote(term, 0);
  if (written) term_ = term;
  return written;
}

Result<void> RaftStore::set_vote(std::uint64_t server) {
  if (broken_) return fail(*broken_);
  return write_vote(term_, server);
}

Result<void> RaftStore::append(std::span<const RaftEntry> entries) {
  if (broken_) return fail(*broken_);
  const auto frames = frames_of(entries, first_ + offsets_.size(), write_ + 1);
  std::string_view left = frames;
  while (!left.empty()) {
    const auto written = files_.write(entries_.number(), left);
    if (written <= 0)
      return done(failed("write", path("entries"), written < 0 ? written : -ENOSPC));
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  if (const int synced = files_.sync(entries_.number()); synced < 0)
    return done(failed("sync", path("entries"), synced));
  ++write_;
  for (const auto& entry : entries) {
    offsets_.push_back(bytes_);
    bytes_ += raft_frame_bytes + entry.bytes.size() + 1;
  }
  return {};
}

Result<void> RaftStore::replace_entries(std::uint64_t first, std::string_view kept) {
  GATEWAY_TRY(const auto scanned, scan_raft_entries(kept, 0, path("entries")));
  const auto file = std::string(entries_head) + frames_of(scanned.entries, first, 1);
  if (auto replaced = write_replaced(files_, path("entries"), file, only_we); !replaced)
    return replaced;
  first_ = first;
  write_ = 1;
  cut_bytes_ = 0;
  offsets_.clear();
  auto offset = entries_head.size();
  for (const auto& entry : scanned.entries) {
    offsets_.push_back(offset);
    offset += raft_frame_bytes + entry.bytes.size() + 1;
  }
  return open_entries(file.size());
}

Result<std::string> RaftStore::read_entries() {
  auto file = read_file(path("entries"));
  if (!file) broken_ = file.error();
  return file;
}

Result<void> RaftStore::truncate(std::uint64_t index) {
  if (broken_) return fail(*broken_);
  const auto next = first_ + offsets_.size();
  if (index < first_ || index > next)
    broken_promise("the document log was to lose entries that it does not have");
  if (index == next) return {};
  GATEWAY_TRY(const auto file, read_entries());
  const auto end = offsets_[index - first_];
  const auto kept = std::string_view{file}.substr(0, end).substr(entries_head.size());
  return done(replace_entries(first_, kept));
}

Result<void> RaftStore::put_snapshot(const RaftSnapshot& snapshot, std::uint64_t first) {
  if (broken_) return fail(*broken_);
  const auto written =
    write_replaced(files_, path("snapshot"), raft_snapshot_text(snapshot), only_we);
  if (!written) return done(written);
  if (first > snapshot.index) return done(replace_entries(snapshot.index + 1, {}));
  if (first <= first_) return {};
  GATEWAY_TRY(const auto file, read_entries());
  if (first - first_ >= offsets_.size())
    broken_promise("a snapshot of entries that were never stored");
  return done(replace_entries(first, std::string_view{file}.substr(offsets_[first - first_])));
}

Result<RaftSnapshot> RaftStore::snapshot() {
  GATEWAY_TRY(const auto text, read_file(path("snapshot")));
  return read_raft_snapshot(text, path("snapshot"));
}

} // namespace gateway
