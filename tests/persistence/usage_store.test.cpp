#include "persistence/usage_store.hpp"

#include "persistence/journal.hpp"
#include "persistence/usage_query.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

namespace gateway {
namespace {

using testing::at;
using testing::FaultyFiles;
using testing::FileCall;
using testing::load_store;
using testing::sample_record;
using testing::TemporaryFolder;
using Names = std::vector<std::string>;

constexpr std::chrono::days one_day{1};
const Day monday = day_of(at(0));

/// A node's life: journal and totals over one data folder.
struct Life {
  FaultyFiles files;
  std::string data;
  LoadReport report;
  std::optional<UsageStore> store;
  std::unique_ptr<Journal> journal;
  JournalLane* lane = nullptr;

  Life(std::string folder, WallTime now) : data(std::move(folder)) {
    auto loaded = UsageStore::load(files, data, now, report);
    REQUIRE(loaded);
    store = *std::move(loaded);
    auto opened = Journal::open(files, {data + "/requests"}, now);
    REQUIRE(opened);
    journal = *std::move(opened);
    journal->set_first_open_day(store->first_appendable_day());
    lane = &journal->make_lane();
  }

  /// Written, not yet in the totals.
  std::vector<RecordBatch> write(std::uint64_t number, WallTime ended) {
    lane->add(sample_record(number, ended));
    std::vector<RecordBatch> written;
    REQUIRE(lane->flush(written));
    return written;
  }
  void record(std::uint64_t number, WallTime ended) {
    for (const auto& batch : write(number, ended)) store->add(batch);
  }
  UsageSnapshot take(WallTime now) {
    auto snapshot = store->take(now);
    journal->set_first_open_day(snapshot.first_appendable_day);
    return snapshot;
  }
  void snapshot(WallTime now) {
    const auto written = UsageStore::write(files, data, take(now));
    REQUIRE(written);
    store->closed(*written);
  }
};

std::int64_t requests_in(const UsageState& state) {
  std::int64_t sum = 0;
  for (const auto& entry : state.totals.slices())
    for (const auto& cell : entry.slice->cells) sum += cell.counters.requests;
  return sum;
}

std::int64_t requests_in_folder(const std::string& data, WallTime now) {
  const auto answer = usage_from_folder(data, {std::chrono::days{30}, {}}, now);
  REQUIRE(answer);
  return answer->total.requests;
}

} // namespace

TEST_CASE("a start reads on from where the snapshot ends", "[persistence][store]") {
  TemporaryFolder data;
  {
    Life life{data.path(), at(10)};
    REQUIRE_FALSE(life.report.snapshot_used);
    life.record(1, at(10));
    life.record(2, at(10));
    life.snapshot(at(10, 1));
    life.record(3, at(10, 2));
  }
  Life life{data.path(), at(10, 3)};
  REQUIRE(life.report.snapshot_used);
  REQUIRE(life.report.records_replayed == 1);
  REQUIRE(life.store->state().all_time.requests == 3);
  REQUIRE(requests_in(life.store->state()) == 3);
  // And again, with nothing between.
  Life next{data.path(), at(10, 4)};
  REQUIRE(next.report.records_replayed == 1);
  REQUIRE(next.store->state().all_time.requests == 3);
}

TEST_CASE("a snapshot has no line twice that its batch brings later", "[persistence][store]") {
  TemporaryFolder data;
  {
    Life life{data.path(), at(10)};
    const auto late = life.write(1, at(10));
    life.record(2, at(10));
    life.snapshot(at(10, 1)); // covers the second line, not the first
    for (const auto& batch : late) life.store->add(batch);
    REQUIRE(life.store->state().all_time.requests == 2);
  }
  Life life{data.path(), at(10, 2)};
  REQUIRE(life.report.records_replayed == 1);
  REQUIRE(life.store->state().all_time.requests == 2);
}

TEST_CASE(
  "whatever call of a snapshot is the last one, each line counts once", "[persistence][store]") {
  // The call numbers of one snapshot with a day to close: beyond the last, nothing fails.
  for (std::uint64_t last = 0; last < 14; ++last) {
    TemporaryFolder data;
    {
      Life life{data.path(), at(22)};
      life.record(1, at(23));
      life.snapshot(at(23, 1));
      life.record(2, at(23, 30));
      life.record(3, at(0, 1, 0, 24));
      life.snapshot(at(0, 10, 0, 24));
      const auto snapshot = life.take(at(0, 11, 0, 24));
      const auto before = life.files.calls;
      life.files.fails = [before, last](FileCall, std::uint64_t number) {
        return number > before + last ? std::optional{EIO} : std::nullopt;
      };
      (void)UsageStore::write(life.files, data.path(), snapshot); // the process dies in there
    }
    Life life{data.path(), at(0, 12, 0, 24)};
    CAPTURE(last);
    REQUIRE(life.store->state().all_time.requests == 3);
    REQUIRE(requests_in_folder(data.path(), at(0, 12, 0, 24)) == 3);
  }
}

TEST_CASE(
  "a day that is over gets its own file, once all its lines are in", "[persistence][store]") {
  TemporaryFolder data;
  Life life{data.path(), at(22)};
  life.record(1, at(23));
  const auto late = life.write(2, at(23, 59));
  life.record(3, at(0, 1, 0, 24));

  life.snapshot(at(0, 4, 0, 24)); // it may still be appended to
  REQUIRE(life.store->state().first_open_day < monday);
  life.snapshot(at(0, 6, 0, 24)); // no lane appends to it any more
  REQUIRE(testing::names_in(data / "usage").empty());
  life.snapshot(at(0, 7, 0, 24)); // a batch is still on its way
  REQUIRE(testing::names_in(data / "usage").empty());
  for (const auto& batch : late) life.store->add(batch);
  life.snapshot(at(0, 8, 0, 24));
  REQUIRE(testing::names_in(data / "usage") == Names{"2026-11-23.json"});
  REQUIRE(life.store->state().first_open_day == monday + one_day);

  // A straggler of that day, by its clock, goes to the open day and counts there.
  life.record(4, at(23, 59, 59));
  REQUIRE(life.store->state().all_time.requests == 4);
  REQUIRE(requests_in_folder(data.path(), at(1, 0, 0, 24)) == 4);

  // Days later, the closed day is in its file only.
  life.record(5, at(9, 0, 0, 27));
  life.snapshot(at(10, 0, 0, 27));
  life.snapshot(at(10, 1, 0, 27));
  life.snapshot(at(10, 2, 0, 27));
  REQUIRE(life.store->state().first_held_day == day_of(at(0, 0, 0, 25)));
  REQUIRE(requests_in(life.store->state()) == 1);
  REQUIRE(requests_in_folder(data.path(), at(10, 2, 0, 27)) == 5);
  REQUIRE(testing::names_in(data / "usage") == Names{"2026-11-23.json", "2026-11-24.json"});
}

TEST_CASE("a node that slept over days closes them all", "[persistence][store]") {
  TemporaryFolder data;
  {
    Life life{data.path(), at(10)};
    life.record(1, at(10));
    life.record(2, at(10, 0, 0, 24));
    life.record(3, at(10, 0, 0, 25));
  }
  Life life{data.path(), at(10, 0, 0, 28)};
  REQUIRE(life.store->state().all_time.requests == 3);
  life.snapshot(at(10, 1, 0, 28));
  life.snapshot(at(10, 2, 0, 28));
  REQUIRE(
    testing::names_in(data / "usage")
    == Names{"2026-11-23.json", "2026-11-24.json", "2026-11-25.json"});
  REQUIRE(requests_in_folder(data.path(), at(10, 3, 0, 28)) == 3);
}

TEST_CASE("a clock that was far ahead for a while loses no line", "[persistence][store]") {
  TemporaryFolder data;
  Life life{data.path(), at(10)};
  life.record(1, at(10));
  const auto future = at(10) + std::chrono::days{20'000};
  life.record(2, future);
  life.snapshot(future);
  life.snapshot(future + std::chrono::minutes{1});
  life.record(3, at(10, 5));
  life.snapshot(at(10, 6));
  life.record(4, at(10, 7));
  REQUIRE(life.store->state().all_time.requests == 4);
  Life next{data.path(), at(10, 8)};
  REQUIRE(next.store->state().all_time.requests == 4);
}

TEST_CASE("a damaged snapshot is set aside and everything read again", "[persistence][store]") {
  TemporaryFolder data;
  {
    Life life{data.path(), at(22)};
    life.record(1, at(23));
    life.record(2, at(0, 1, 0, 24));
    life.snapshot(at(0, 10, 0, 24));
    life.snapshot(at(0, 11, 0, 24)); // closes Monday
  }
  testing::write_text(data / "usage.json", "{\"format\":1,");
  Life life{data.path(), at(0, 12, 0, 24)};
  REQUIRE(life.report.snapshot_damaged);
  REQUIRE_FALSE(life.report.snapshot_used);
  // Monday is closed: its file has it, and its lines are not read again.
  REQUIRE(life.report.records_replayed == 1);
  REQUIRE(life.store->state().first_open_day == monday + one_day);
  REQUIRE(requests_in_folder(data.path(), at(0, 13, 0, 24)) == 2);
  REQUIRE(
    testing::names_in(data / "damaged")
    == Names{"usage.json@" + std::to_string(milliseconds_since_epoch(at(0, 12, 0, 24)))});
}

TEST_CASE("a torn and a damaged line are told, and covered from then on", "[persistence][store]") {
  TemporaryFolder data;
  {
    Life life{data.path(), at(10)};
    life.record(1, at(10));
    life.record(2, at(10));
    life.record(3, at(10));
  }
  const auto path = data / "requests/2026-11-23.jsonl";
  auto text = testing::text_of(path);
  text[text.size() / 2] = '#';
  testing::write_text(path, text + "{\"n\":   4");
  {
    Life life{data.path(), at(11)};
    REQUIRE(life.report.records_replayed == 2);
    REQUIRE(life.report.damage.damaged_lines == 1);
    REQUIRE(life.report.damage.torn_lines == 1);
    REQUIRE(life.report.damage.torn_bytes == 9);
    REQUIRE(life.report.damage.notes.size() == 2);
    life.record(4, at(11));
    life.snapshot(at(11, 1));
  }
  Life life{data.path(), at(12)};
  REQUIRE(life.report.damage.damaged_lines == 0);
  REQUIRE(life.report.records_replayed == 0);
  REQUIRE(life.store->state().all_time.requests == 3);
}

TEST_CASE(
  "a machine crash behind the snapshot's back leaves no gap in the coverage",
  "[persistence][store]") {
  TemporaryFolder data;
  {
    Life life{data.path(), at(10)};
    life.record(1, at(10));
    life.journal->sync_turn(Instant{1s});
    life.record(2, at(10));
    life.snapshot(at(10, 1)); // the snapshot is synced, the second line is not
    life.files.lose_power();
  }
  {
    Life life{data.path(), at(10, 2)};
    REQUIRE(life.report.snapshot_outlived);
    REQUIRE(life.store->state().all_time.requests == 2); // it was used, and the snapshot knows
    life.record(3, at(10, 3));                           // stands where the lost line stood
  }
  Life life{data.path(), at(10, 4)};
  REQUIRE(life.report.records_replayed == 1);
  REQUIRE(life.store->state().all_time.requests == 3);
}

TEST_CASE("a journal file that was removed takes its coverage along", "[persistence][store]") {
  TemporaryFolder data;
  {
    Life life{data.path(), at(10)};
    life.record(1, at(10));
    life.snapshot(at(10, 1));
  }
  std::remove((data / "requests/2026-11-23.jsonl").c_str());
  {
    Life life{data.path(), at(10, 2)};
    life.record(2, at(10, 3));
  }
  Life life{data.path(), at(10, 4)};
  REQUIRE(life.store->state().all_time.requests == 2);
}

TEST_CASE("a snapshot is due after a while, or after many records", "[persistence][store]") {
  TemporaryFolder data;
  Life life{data.path(), at(10)};
  REQUIRE_FALSE(life.store->snapshot_due(at(11)));
  life.record(1, at(10));
  REQUIRE_FALSE(life.store->snapshot_due(at(10, 0, 59)));
  REQUIRE(life.store->snapshot_due(at(10, 1)));
  REQUIRE(life.store->snapshot_due(at(9)));
  life.snapshot(at(10, 1));
  REQUIRE_FALSE(life.store->snapshot_due(at(12)));
  // A day to be closed is reason enough.
  REQUIRE(life.store->snapshot_due(at(0, 6, 0, 24)));

  RecordBatch many;
  many.extent = {{monday, 0}, 10'000, 20'000};
  many.records.assign(snapshot_records, sample_record(1, at(10)));
  life.store->add(many);
  REQUIRE(life.store->snapshot_due(at(10, 1)));
}

TEST_CASE("looking at a folder changes nothing in it", "[persistence][store]") {
  TemporaryFolder data;
  Life life{data.path(), at(10)};
  life.record(1, at(10));
  life.snapshot(at(10, 1));
  life.record(2, at(10, 2));
  const auto path = data / "requests/2026-11-23.jsonl";
  testing::write_text(path, testing::text_of(path) + "torn");
  const auto text = testing::text_of(path);
  const auto state = read_usage_state(data.path(), at(10, 3));
  REQUIRE(state);
  REQUIRE(state->all_time.requests == 2);
  REQUIRE(testing::text_of(path) == text);
  REQUIRE(testing::names_in(data.path()) == Names{"requests", "usage", "usage.json"});
}

TEST_CASE("a folder without a store is told from an empty one", "[persistence][store]") {
  TemporaryFolder data;
  const auto none = read_usage_state(data / "nowhere", at(10));
  REQUIRE_FALSE(none);
  REQUIRE(none.error().kind == ErrorKind::not_found);
  Life life{data.path(), at(10)};
  REQUIRE(read_usage_state(data.path(), at(10))->all_time.requests == 0);
}

TEST_CASE("a store that cannot be written does not load", "[persistence][store]") {
  TemporaryFolder data;
  testing::write_text(data / "requests", "a file in the way");
  FaultyFiles files;
  LoadReport report;
  const auto loaded = UsageStore::load(files, data.path(), at(10), report);
  REQUIRE_FALSE(loaded);
  REQUIRE(loaded.error().kind == ErrorKind::storage_unavailable);
}

} // namespace gateway
