#include "actors/quota/permit_memory.hpp"

#include "actors/quota/book_file.hpp"
#include "actors/quota/permit_book.hpp"
#include "tests/actors/quota/book_room.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <fstream>
#include <sys/stat.h>
#include <sys/statvfs.h>

using namespace gateway;

namespace {

const std::string file_name = "llm-gateway-00112233445566778899aabbccddeeff";

Result<std::shared_ptr<PermitMemory>> open_in(
  const std::filesystem::path& folder,
  const BookIdentity& identity,
  const BookPast& past = {},
  std::uint32_t slots = 4) {
  return PermitMemory::open({folder, slots}, identity, past, TestClock{}.now());
}

void change_byte(const std::filesystem::path& file, std::streamoff at) {
  std::fstream stream{file, std::ios::binary | std::ios::in | std::ios::out};
  stream.seekg(at);
  const auto before = static_cast<char>(stream.get());
  stream.seekp(at);
  stream.put(static_cast<char>(before ^ 0x10));
}

} // namespace

TEST_CASE("a book begins as what it was left as", "[quota][memory]") {
  struct Row {
    const char* when;
    std::function<void(BookIdentity&, const std::filesystem::path&)> meanwhile;
    BookBeginning beginning;
  };
  const auto nothing = [](BookIdentity&, const std::filesystem::path&) {};
  const auto row = GENERATE_COPY(
    Row{"the process was killed", nothing, BookBeginning::restarted},
    Row{
      "the machine was started anew",
      [](BookIdentity& id, auto&) { id.boot = "cccccccccccccccccccccccccccccccc"; },
      BookBeginning::lost},
    Row{
      "the boot is not known",
      [](BookIdentity& id, auto&) { id.boot.clear(); },
      BookBeginning::lost},
    Row{
      "the machine is another one",
      [](BookIdentity& id, auto&) { id.machine = "dddddddddddddddddddddddddddddddd"; },
      BookBeginning::lost},
    Row{
      "the machine was restored from a snapshot",
      [](BookIdentity& id, auto&) { id.generation = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"; },
      BookBeginning::lost},
    Row{
      "the node's epoch is newer than the book's",
      [](BookIdentity& id, auto&) { id.epoch += 1; },
      BookBeginning::lost},
    Row{
      "the file is gone",
      [](BookIdentity&, auto& file) { std::filesystem::remove(file); },
      BookBeginning::lost},
    Row{
      "the file was cut",
      [](BookIdentity&, auto& file) { std::filesystem::resize_file(file, 9'000); },
      BookBeginning::lost},
    Row{
      "the file grew",
      [](BookIdentity&, auto& file) { std::filesystem::resize_file(file, 1'000'000); },
      BookBeginning::lost},
    Row{
      "the magic is damaged",
      [](BookIdentity&, auto& file) { change_byte(file, 0); },
      BookBeginning::lost},
    Row{
      "the layout is another one",
      [](BookIdentity&, auto& file) { change_byte(file, 8); },
      BookBeginning::lost},
    Row{
      "the node's id is damaged",
      [](BookIdentity&, auto& file) { change_byte(file, 24); },
      BookBeginning::lost},
    Row{
      "a quota's name is damaged",
      [](BookIdentity&, auto& file) { change_byte(file, 8'192); },
      BookBeginning::lost},
    Row{
      "a quota's window is damaged",
      [](BookIdentity&, auto& file) { change_byte(file, 8'192 + 24); },
      BookBeginning::lost});
  CAPTURE(row.when);
  BookRoom room{4};
  TestClock clock;
  {
    auto memory = room.open(clock);
    CHECK(memory->beginning() == BookBeginning::first);
    CHECK(memory->lost_because().empty());
    auto books = make_books(memory, {per_minute(10)}, clock);
  }
  row.meanwhile(room.identity, room.folder.path() / file_name);
  const auto opened = open_in(room.folder.path(), room.identity);
  REQUIRE(opened);
  CHECK((*opened)->beginning() == row.beginning);
  CHECK((*opened)->lost_because().empty() == (row.beginning != BookBeginning::lost));
}

TEST_CASE("whoever may run elsewhere is waited for", "[quota][memory]") {
  struct Row {
    std::string when;
    std::function<void(BookIdentity&)> meanwhile;
    Nanoseconds waited;
  };
  const auto row = GENERATE(
    Row{"the machine was started anew", [](auto& id) { id.boot = std::string(32, 'c'); }, 0s},
    Row{"it came from another machine", [](auto& id) { id.machine = std::string(32, 'd'); }, 60s},
    Row{"another life of it was there", [](auto& id) { id.epoch += 2; }, 60s});
  CAPTURE(row.when);
  BookRoom room{4};
  TestClock clock;
  room.open(clock);
  row.meanwhile(room.identity);
  const auto opened = PermitMemory::open({room.folder.path(), 4}, room.identity, {}, clock.now());
  REQUIRE(opened);
  REQUIRE((*opened)->elsewhere_until());
  CHECK(*(*opened)->elsewhere_until() == clock.at + row.waited);
}

TEST_CASE("a node that was never known begins first, whatever lies there", "[quota][memory]") {
  TestFolder folder;
  std::ofstream{folder.path() / file_name} << "something else";
  auto identity = test_identity();
  identity.known = false;
  const auto opened = open_in(folder.path(), identity);
  REQUIRE(opened);
  CHECK((*opened)->beginning() == BookBeginning::first);
}

TEST_CASE("a book that never got its epoch begins as it began before", "[quota][memory]") {
  TestFolder folder;
  auto identity = test_identity();
  REQUIRE((*open_in(folder.path(), identity))->beginning() == BookBeginning::lost);
  identity.epoch = 2; // the node had stored it when it was killed
  const auto again = open_in(folder.path(), identity);
  CHECK((*again)->beginning() == BookBeginning::lost);
}

TEST_CASE("one process at a time has the book", "[quota][memory]") {
  BookRoom room{4};
  const TestClock clock;
  auto first = room.open(clock);
  const auto second = open_in(room.folder.path(), room.identity);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::storage_unavailable);
  CHECK(
    second.error().message.find("another process of this node is using it") != std::string::npos);
  first.reset();
  CHECK(open_in(room.folder.path(), room.identity));
}

TEST_CASE("the book is its owner's alone and follows no link", "[quota][memory]") {
  BookRoom room{4};
  const TestClock clock;
  const auto file = room.open(clock)->file();
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(file.filename() == file_name);

  TestFolder other;
  std::filesystem::create_symlink(file, other.path() / file_name);
  const auto opened = open_in(other.path(), room.identity);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == ErrorKind::storage_unavailable);

  std::filesystem::remove(other.path() / file_name);
  std::filesystem::create_directory(other.path() / file_name);
  CHECK_FALSE(open_in(other.path(), room.identity));
  CHECK_FALSE(open_in(other.path() / "missing", room.identity));
}

TEST_CASE("a full file system is an error at the start", "[quota][memory]") {
  TestFolder folder;
  auto file = BookFile::open(folder.path() / "book");
  REQUIRE(file);
  const auto made = file->make_new(std::size_t{1} << 50U);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::storage_unavailable);
  CHECK(made.error().message.find("no room") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "book"));
}

TEST_CASE("the book's folder is shared memory where there is room", "[quota][memory]") {
  struct Row {
    const char* when;
    std::optional<std::filesystem::path> wanted;
    std::filesystem::path shared;
    std::uint64_t bytes;
    std::filesystem::path chosen;
  };
  const auto row = GENERATE(
    Row{"a folder is given", "/given", "/dev/shm", 1, "/given"},
    Row{"shared memory has no room", {}, "/dev/shm", std::uint64_t{1} << 60U, "/data"},
    Row{"shared memory is a plain folder", {}, "/usr", 1, "/data"},
    Row{"there is no shared memory", {}, "/nowhere", 1, "/data"});
  CAPTURE(row.when);
  CHECK(book_folder(row.wanted, row.shared, "/data", row.bytes) == row.chosen);
}

TEST_CASE(
  "a quota has one book at a time, and a slot is used again when it is spent", "[quota][memory]") {
  BookRoom room{2};
  TestClock clock;
  auto memory = room.open(clock);
  const auto spec = [](const char* name) {
    auto made = per_minute(10);
    made.name = name;
    return made;
  };
  auto a = *PermitBook::make(memory, spec("a"), clock.now());
  const auto twice = PermitBook::make(memory, spec("a"), clock.now());
  REQUIRE_FALSE(twice);
  CHECK(twice.error().kind == ErrorKind::internal);

  auto b = *PermitBook::make(memory, spec("b"), clock.now());
  const auto none_left = PermitBook::make(memory, spec("c"), clock.now());
  REQUIRE_FALSE(none_left);
  CHECK(none_left.error().kind == ErrorKind::overloaded);

  REQUIRE(a->try_take(4));
  a->settle(4, clock.at, clock.at);
  a.reset();
  clock.pass(30s);
  CHECK_FALSE(PermitBook::make(memory, spec("c"), clock.now()));
  {
    // Within its window the quota comes back as it was.
    auto again = *PermitBook::make(memory, spec("a"), clock.now());
    again->sweep(clock.at);
    CHECK(again->idle() == 6);
    CHECK(again->cooling() == 4);
  }
  clock.pass(60s);
  auto c = PermitBook::make(memory, spec("c"), clock.now());
  REQUIRE(c);
  CHECK((*c)->idle() == 10);
  CHECK_FALSE(PermitBook::make(memory, spec("a"), clock.now()));
}

TEST_CASE("what a removed quota left with calls keeps its slot for a window", "[quota][memory]") {
  BookRoom room{1};
  TestClock clock;
  auto memory = room.open(clock);
  auto other = per_minute(10);
  other.name = "other";
  clock.pass(1h);
  auto gone = *PermitBook::make(memory, per_minute(10), clock.now());
  REQUIRE(gone->try_take(4)); // and nobody ever tells what became of it
  gone.reset();
  clock.pass(60s);
  CHECK_FALSE(PermitBook::make(memory, other, clock.now()));
  clock.pass(20s);
  CHECK(PermitBook::make(memory, other, clock.now()));
}

TEST_CASE("a removed budget's slot is free when its period is over", "[quota][memory]") {
  BookRoom room{1};
  TestClock clock;
  auto memory = room.open(clock);
  QuotaSpec budget;
  budget.owner = "budget/key/gone";
  budget.name = "month";
  budget.unit = QuotaUnit::nano_dollars;
  budget.limit = 100;
  budget.kind = WindowKind::month;
  budget.day = "utc";
  auto gone = *PermitBook::make(memory, budget, clock.now());
  REQUIRE(gone->try_take(100));
  gone->settle(100, clock.at, clock.at);
  gone.reset();
  clock.pass(7 * 24h);
  CHECK_FALSE(PermitBook::make(memory, per_minute(10), clock.now()));
  clock.pass(25 * 24h);
  CHECK(PermitBook::make(memory, per_minute(10), clock.now()));
}

TEST_CASE("a torn slot makes its quota wait a whole window", "[quota][memory]") {
  const auto wild = GENERATE(
    std::int64_t{-1},
    std::int64_t{11},
    std::int64_t{1} << 62U,
    std::numeric_limits<std::int64_t>::min());
  const auto offset = GENERATE(64, 104, 112, 128, 192, 256, 320, 640);
  CAPTURE(wild, offset);
  BookRoom room{2};
  TestClock clock;
  {
    auto memory = room.open(clock);
    auto book = *PermitBook::make(memory, per_minute(10), clock.now());
    std::fstream stream{memory->file(), std::ios::binary | std::ios::in | std::ios::out};
    stream.seekp(8'192 + offset);
    stream.write(reinterpret_cast<const char*>(&wild), sizeof wild);
  }
  auto memory = room.open(clock);
  auto book = *PermitBook::make(memory, per_minute(10), clock.now());
  // What adds up all the same is no more than it was.
  CHECK(book->idle() >= 0);
  CAPTURE(book->idle(), book->cooling(), book->owed(), book->in_flight());
  CHECK(book->idle() + book->cooling() + book->in_flight() == 10 + book->owed());
  const bool cools = offset == 128 || offset == 320 || offset == 640;
  if (cools) CHECK(book->idle() == 0);
  clock.pass(59s);
  book->sweep(clock.at);
  if (cools) CHECK(book->idle() == 0);
  clock.pass(4s);
  book->sweep(clock.at);
  CHECK(book->idle() == 10);
  CHECK(book->in_flight() == 0);
}

TEST_CASE("a book grows when more quotas are to come, and never shrinks", "[quota][memory]") {
  BookRoom room{2};
  TestClock clock;
  const auto spec = [](int number) {
    auto made = per_minute(10);
    made.name = "quota-" + std::to_string(number);
    return made;
  };
  {
    auto memory = room.open(clock);
    auto first = *PermitBook::make(memory, spec(1), clock.now());
    auto second = *PermitBook::make(memory, spec(2), clock.now());
    REQUIRE(first->try_take(4));
    second->set_aside(3, clock.at + 30s, clock.at);
  }
  // A life that was killed while it grew has left half a file.
  std::ofstream{room.folder.path() / (file_name + ".new")} << "half";
  std::uintmax_t size = 0;
  for (const std::uint32_t slots : {50U, 3U}) {
    CAPTURE(slots);
    auto opened = PermitMemory::open({room.folder.path(), slots}, room.identity, {}, clock.now());
    REQUIRE(opened);
    auto memory = *opened;
    CHECK(memory->beginning() == BookBeginning::restarted);
    CHECK(memory->file().filename() == file_name);
    CHECK_FALSE(std::filesystem::exists(room.folder.path() / (file_name + ".new")));
    std::vector<std::unique_ptr<PermitBook>> books;
    for (int number = 1; number <= 50; ++number)
      books.push_back(*PermitBook::make(memory, spec(number), clock.now()));
    CHECK(books[0]->idle() == 6);
    CHECK(books[0]->cooling() == 4);
    CHECK(books[1]->idle() == 7);
    CHECK(books[49]->idle() == 10);
    CHECK_FALSE(PermitBook::make(memory, spec(51), clock.now()));
    CHECK_FALSE(open_in(room.folder.path(), room.identity)); // locked under its new name too
    if (size == 0) size = std::filesystem::file_size(memory->file());
    CHECK(std::filesystem::file_size(memory->file()) == size);
  }
}

TEST_CASE("when it was heard last is known after a kill, by the same terms", "[quota][memory]") {
  BookRoom room;
  TestClock clock;
  auto memory = room.open(clock);
  CHECK_FALSE(memory->last_contact(3));
  memory->note_contact(3, clock.at + 5s);
  CHECK(memory->last_contact(3) == clock.at + 5s);
  memory.reset();
  memory = room.open(clock);
  CHECK(memory->last_contact(3) == clock.at + 5s);
  CHECK_FALSE(memory->last_contact(4));
  memory->note_contact(4, clock.at + 6s);
  CHECK_FALSE(memory->last_contact(3));
}
