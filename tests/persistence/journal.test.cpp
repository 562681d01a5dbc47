#include "persistence/journal.hpp"

#include "persistence/record_line.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>

namespace gateway {
namespace {

using testing::at;
using testing::FaultyFiles;
using testing::FileCall;
using testing::sample_record;
using testing::TemporaryFolder;
using Ids = std::vector<std::string>;

const Day day = day_of(at(0));

std::string id_of(std::uint64_t number) {
  return sample_record(number, at(1)).id;
}

std::size_t line_bytes(std::uint64_t number) {
  std::string line;
  append_record_line(line, sample_record(number, at(1)));
  return line.size();
}

struct Fixture {
  TemporaryFolder data;
  FaultyFiles files;
  std::unique_ptr<Journal> journal;
  Instant now{1s};

  explicit Fixture(Durability durability = Durability::write) {
    auto opened = Journal::open(files, {data / "requests", durability, 50ms, 1'000ms}, at(1));
    REQUIRE(opened);
    journal = *std::move(opened);
  }

  std::string path(const char* name = "2026-11-23.jsonl") const {
    return data / ("requests/" + std::string(name));
  }
  void fail_every(FileCall failing, int error = EIO) {
    files.fails = [failing, error](FileCall call, std::uint64_t) {
      return call == failing ? std::optional{error} : std::nullopt;
    };
  }
  void fail_once(FileCall failing, int error = EIO) {
    files.fails = [failing, error, done = false](FileCall call, std::uint64_t) mutable {
      if (done || call != failing) return std::optional<int>{};
      done = true;
      return std::optional{error};
    };
  }
  void turn() {
    journal->sync_turn(now);
    now += 2s;
  }
};

/// Ids of what a flush reported as written.
Ids ids_of(const std::vector<RecordBatch>& batches) {
  Ids ids;
  for (const auto& batch : batches)
    for (const auto& record : batch.records) ids.push_back(record.id);
  return ids;
}

} // namespace

TEST_CASE(
  "a turn's lines are one write, and the batch says where they stand", "[persistence][journal]") {
  Fixture store;
  auto& lane = store.journal->make_lane();
  std::vector<RecordBatch> written;
  REQUIRE(lane.flush(written));
  REQUIRE(written.empty());

  lane.add(sample_record(1, at(1)));
  lane.add(sample_record(2, at(1)));
  REQUIRE(lane.has_lines());
  std::uint64_t writes = 0;
  store.files.fails = [&](FileCall call, std::uint64_t) {
    if (call == FileCall::write) ++writes;
    return std::optional<int>{};
  };
  REQUIRE(lane.flush(written));
  REQUIRE(writes == 1);
  REQUIRE_FALSE(lane.has_lines());
  REQUIRE(written.size() == 1);
  const auto first = line_bytes(1) + line_bytes(2);
  REQUIRE(written[0].extent == Extent{{day, 0}, 0, first});
  REQUIRE(ids_of(written) == Ids{id_of(1), id_of(2)});

  auto& other = store.journal->make_lane();
  other.add(sample_record(3, at(1)));
  REQUIRE(other.flush(written));
  REQUIRE(written[1].extent == Extent{{day, 0}, first, first + line_bytes(3)});
  REQUIRE(testing::ids_in(store.data.path()) == Ids{id_of(1), id_of(2), id_of(3)});
}

TEST_CASE("a line goes to the file of the day its request ended", "[persistence][journal]") {
  Fixture store;
  auto& lane = store.journal->make_lane();
  lane.add(sample_record(1, at(23, 59, 59)));
  lane.add(sample_record(2, at(0, 0, 0, 24)));
  lane.add(sample_record(3, at(0, 0, 1, 24)));
  lane.add(sample_record(4, at(23, 59, 59)));
  std::vector<RecordBatch> written;
  REQUIRE(lane.flush(written));
  REQUIRE(written.size() == 3);
  REQUIRE(file_name(written[0].extent.file) == "2026-11-23.jsonl");
  REQUIRE(file_name(written[1].extent.file) == "2026-11-24.jsonl");
  REQUIRE(written[1].records.size() == 2);
  REQUIRE(file_name(written[2].extent.file) == "2026-11-23.jsonl");
  REQUIRE(
    testing::names_in(store.data / "requests") == Ids{"2026-11-23.jsonl", "2026-11-24.jsonl"});
}

TEST_CASE("no line goes to a day that is being closed", "[persistence][journal]") {
  Fixture store;
  auto& lane = store.journal->make_lane();
  lane.add(sample_record(1, at(12))); // kept from before, as by a broken journal
  store.journal->set_first_open_day(day + std::chrono::days{1});
  std::vector<RecordBatch> written;
  REQUIRE(lane.flush(written));
  REQUIRE(file_name(written[0].extent.file) == "2026-11-24.jsonl");
}

TEST_CASE("the next day's file can be made ahead", "[persistence][journal]") {
  Fixture store;
  REQUIRE(store.journal->prepare(day + std::chrono::days{1}));
  REQUIRE(
    testing::names_in(store.data / "requests") == Ids{"2026-11-23.jsonl", "2026-11-24.jsonl"});
}

TEST_CASE(
  "after a failed write nothing is acknowledged until a fresh file stands",
  "[persistence][journal]") {
  Fixture store;
  auto& lane = store.journal->make_lane();
  std::vector<RecordBatch> written;
  lane.add(sample_record(1, at(1)));
  REQUIRE(lane.flush(written));
  written.clear();

  store.fail_every(FileCall::write, ENOSPC);
  lane.add(sample_record(2, at(1)));
  const auto refused = lane.flush(written);
  REQUIRE_FALSE(refused);
  REQUIRE(refused.error().kind == ErrorKind::storage_unavailable);
  REQUIRE(refused.error().message == "journal: write 2026-11-23.jsonl: No space left on device");
  REQUIRE_FALSE(store.journal->writable());
  REQUIRE(store.journal->trouble() == "write 2026-11-23.jsonl: No space left on device");
  REQUIRE(written.empty());

  // The disk is still full: no write is tried again on the old file, and no fresh one stands.
  lane.add(sample_record(3, at(1)));
  REQUIRE_FALSE(lane.flush(written));
  store.turn();
  REQUIRE_FALSE(store.journal->writable());
  REQUIRE(testing::names_in(store.data / "requests") == Ids{"2026-11-23.jsonl"});

  store.files.fails = nullptr;
  REQUIRE_FALSE(lane.flush(written));
  store.turn();
  REQUIRE(store.journal->writable());
  REQUIRE(store.journal->trouble().empty());
  REQUIRE(lane.flush(written));
  REQUIRE(ids_of(written) == Ids{id_of(2), id_of(3)});
  REQUIRE(file_name(written[0].extent.file) == "2026-11-23.1.jsonl");
  REQUIRE(testing::ids_in(store.data.path()) == Ids{id_of(1), id_of(2), id_of(3)});
}

TEST_CASE(
  "a write cut at any byte keeps its whole lines and writes the others again",
  "[persistence][journal]") {
  const auto whole = line_bytes(1) + line_bytes(2);
  for (std::size_t cut = 0; cut < whole; cut += 5) {
    Fixture store;
    auto& lane = store.journal->make_lane();
    auto& other = store.journal->make_lane();
    lane.add(sample_record(1, at(1)));
    lane.add(sample_record(2, at(1)));
    store.files.short_write = cut;
    std::vector<RecordBatch> written;
    CAPTURE(cut);
    REQUIRE_FALSE(lane.flush(written));
    REQUIRE(ids_of(written) == (cut < line_bytes(1) ? Ids{} : Ids{id_of(1)}));
    other.add(sample_record(3, at(1)));
    REQUIRE_FALSE(other.flush(written));
    store.turn();
    REQUIRE(lane.flush(written));
    REQUIRE(other.flush(written));
    auto ids = testing::ids_in(store.data.path());
    std::ranges::sort(ids);
    REQUIRE(ids == Ids{id_of(1), id_of(2), id_of(3)});
    REQUIRE(ids_of(written) == Ids{id_of(1), id_of(2), id_of(3)});
  }
}

TEST_CASE(
  "what a failed sync may have lost stands in a fresh file, once", "[persistence][journal]") {
  Fixture store;
  auto& lane = store.journal->make_lane();
  std::vector<RecordBatch> written;
  lane.add(sample_record(1, at(1)));
  REQUIRE(lane.flush(written));
  store.turn();
  REQUIRE(store.journal->counts().syncs == 1);

  lane.add(sample_record(2, at(1)));
  REQUIRE(lane.flush(written));
  store.fail_once(FileCall::sync);
  store.turn();
  REQUIRE(store.journal->writable()); // the fresh file was made in the same round
  REQUIRE(store.journal->counts().failures == 1);
  REQUIRE(store.journal->counts().fresh_files == 1);
  lane.add(sample_record(3, at(1)));
  REQUIRE(lane.flush(written));
  store.turn();
  store.files.lose_power();
  REQUIRE(testing::ids_in(store.data.path()) == Ids{id_of(1), id_of(2), id_of(3)});
  REQUIRE(testing::text_of(store.path()).size() == line_bytes(1));
}

TEST_CASE("a sync that keeps failing is not taken for done", "[persistence][journal]") {
  Fixture store;
  auto& lane = store.journal->make_lane();
  std::vector<RecordBatch> written;
  lane.add(sample_record(1, at(1)));
  REQUIRE(lane.flush(written));
  store.fail_every(FileCall::sync);
  store.turn();
  for (int round = 0; round < 5; ++round) {
    REQUIRE_FALSE(store.journal->writable());
    REQUIRE_FALSE(lane.has_lines());
    store.turn();
  }
  store.files.fails = nullptr;
  store.turn();
  REQUIRE(store.journal->writable());
  store.files.lose_power();
  REQUIRE(testing::ids_in(store.data.path()) == Ids{id_of(1)});
}

TEST_CASE(
  "a fresh file is tried again after a while, not in every round", "[persistence][journal]") {
  Fixture store;
  auto& lane = store.journal->make_lane();
  std::vector<RecordBatch> written;
  store.fail_every(FileCall::write);
  lane.add(sample_record(1, at(1)));
  REQUIRE_FALSE(lane.flush(written));
  const auto start = store.now;
  store.journal->sync_turn(start);
  const auto calls = store.files.calls;
  store.journal->sync_turn(start + 999ms);
  REQUIRE(store.files.calls == calls);
  store.journal->sync_turn(start + 1'000ms);
  REQUIRE(store.files.calls > calls);
}

TEST_CASE(
  "a failure that comes back every second does not fill the folder", "[persistence][journal]") {
  Fixture store;
  auto& lane = store.journal->make_lane();
  std::vector<RecordBatch> written;
  // The next day's file cannot be made, though today's can be renewed.
  testing::write_text(store.path("2026-11-24.jsonl") + "/in-the-way", "");
  lane.add(sample_record(1, at(0, 0, 1, 24)));
  for (int round = 0; round < 10; ++round) {
    REQUIRE_FALSE(lane.flush(written));
    store.turn();
    REQUIRE(store.journal->writable());
  }
  REQUIRE(
    testing::names_in(store.data / "requests")
    == Ids{"2026-11-23.1.jsonl", "2026-11-23.jsonl", "2026-11-24.jsonl", "probe"});
}

TEST_CASE(
  "with --durability sync, who waits hears of it when it is on the disk",
  "[persistence][journal]") {
  Fixture store{Durability::sync};
  auto& lane = store.journal->make_lane();
  std::vector<RecordBatch> written;
  std::vector<bool> heard;
  const auto hear = [&](Result<void> done) { heard.push_back(static_cast<bool>(done)); };

  lane.add(sample_record(1, at(1)));
  REQUIRE(lane.flush(written));
  lane.when_durable(hear);
  REQUIRE(heard.empty());
  store.turn();
  REQUIRE(heard == std::vector{true});
  store.files.lose_power();
  REQUIRE(testing::ids_in(store.data.path()) == Ids{id_of(1)});

  lane.add(sample_record(2, at(1)));
  REQUIRE(lane.flush(written));
  lane.when_durable(hear);
  store.fail_every(FileCall::sync);
  store.turn();
  REQUIRE(heard == std::vector{true, false});

  // A failed sync whose lines stand, synced, in a fresh file in the same round is a success.
  store.files.fails = nullptr;
  store.turn();
  lane.add(sample_record(3, at(1)));
  REQUIRE(lane.flush(written));
  lane.when_durable(hear);
  store.fail_once(FileCall::sync);
  store.turn();
  REQUIRE(heard == std::vector{true, false, true});
  store.files.lose_power();
  REQUIRE(testing::ids_in(store.data.path()) == Ids{id_of(1), id_of(2), id_of(3)});
}

TEST_CASE(
  "a lane keeps a bounded number of lines while the journal is broken", "[persistence][journal]") {
  Fixture store;
  auto& lane = store.journal->make_lane();
  std::vector<RecordBatch> written;
  RequestRecord record;
  record.id = "x";
  record.started = at(1);
  for (std::size_t i = 0; i <= lane_records_max; ++i) lane.add(RequestRecord{record});
  REQUIRE(lane.dropped() == lane_records_max / 2);
  REQUIRE(lane.flush(written));
  REQUIRE(ids_of(written).size() == lane_records_max / 2 + 1);
  REQUIRE(testing::ids_in(store.data.path()).size() == lane_records_max / 2 + 1);
}

TEST_CASE("a restart appends to the day's last part", "[persistence][journal]") {
  TemporaryFolder data;
  testing::write_text(data / "requests/2026-11-23.jsonl", "");
  testing::write_text(data / "requests/2026-11-23.2.jsonl", "");
  auto journal = Journal::open(real_files(), {data / "requests"}, at(5));
  REQUIRE(journal);
  auto& lane = (*journal)->make_lane();
  lane.add(sample_record(1, at(5)));
  std::vector<RecordBatch> written;
  REQUIRE(lane.flush(written));
  REQUIRE(file_name(written[0].extent.file) == "2026-11-23.2.jsonl");
}

TEST_CASE("a journal that cannot make its first file does not open", "[persistence][journal]") {
  const auto call = GENERATE(FileCall::open, FileCall::sync, FileCall::sync_folder);
  TemporaryFolder data;
  FaultyFiles files;
  files.fails = [&](FileCall made, std::uint64_t) {
    return made == call ? std::optional{EROFS} : std::nullopt;
  };
  const auto journal = Journal::open(files, {data / "requests"}, at(1));
  REQUIRE_FALSE(journal);
  REQUIRE(journal.error().kind == ErrorKind::storage_unavailable);
}

} // namespace gateway
