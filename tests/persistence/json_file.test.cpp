#include "persistence/json_file.hpp"

#include "persistence/folder_lock.hpp"
#include "store_support.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <filesystem>

namespace gateway {

using testing::FaultyFiles;
using testing::FileCall;
using testing::TemporaryFolder;

TEST_CASE("a replaced file has the new text and nothing is left beside it", "[persistence][file]") {
  TemporaryFolder folder;
  const auto path = folder / "config.json";
  REQUIRE(write_replaced(path, "one", 0600));
  REQUIRE(write_replaced(path, "two", 0600));
  REQUIRE(*read_file(path) == "two");
  REQUIRE(testing::names_in(folder.path()) == std::vector<std::string>{"config.json"});
  const auto mode = std::filesystem::status(path).permissions();
  REQUIRE(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE(
  "whatever call fails, a replaced file is the old or the new one whole", "[persistence][file]") {
  for (std::uint64_t failing = 1; failing <= 8; ++failing) {
    TemporaryFolder folder;
    const auto path = folder / "usage.json";
    REQUIRE(write_replaced(path, "old"));
    FaultyFiles files;
    files.fails = [&](FileCall call, std::uint64_t number) -> std::optional<int> {
      return number == failing && call != FileCall::remove ? std::optional{EIO} : std::nullopt;
    };
    const auto written = write_replaced(files, path, "the new text");
    const auto text = testing::text_of(path);
    CAPTURE(failing, text);
    if (written) {
      REQUIRE(text == "the new text");
    } else {
      REQUIRE(written.error().kind == ErrorKind::storage_unavailable);
      REQUIRE((text == "old" || text == "the new text"));
      REQUIRE(testing::names_in(folder.path()).size() == 1);
    }
  }
}

TEST_CASE(
  "a write that takes several calls is still whole, and a full disk is an error",
  "[persistence][file]") {
  TemporaryFolder folder;
  const auto path = folder / "usage.json";
  FaultyFiles files;
  files.short_write = 3;
  REQUIRE(write_replaced(files, path, "in two parts"));
  REQUIRE(testing::text_of(path) == "in two parts");
  files.fails = [](FileCall call, std::uint64_t) {
    return call == FileCall::write ? std::optional{ENOSPC} : std::nullopt;
  };
  const auto full = write_replaced(files, path, "more");
  REQUIRE_FALSE(full);
  REQUIRE(full.error().message.find("No space left on device") != std::string::npos);
  REQUIRE(testing::text_of(path) == "in two parts");
}

TEST_CASE("a missing file is told from one that cannot be read", "[persistence][file]") {
  TemporaryFolder folder;
  REQUIRE(read_file(folder / "none").error().kind == ErrorKind::not_found);
  REQUIRE(read_file(folder.path()).error().kind == ErrorKind::storage_unavailable);
}

TEST_CASE(
  "a folder is made with those above it, and made again without harm", "[persistence][file]") {
  TemporaryFolder folder;
  REQUIRE(make_folder(folder / "a/b"));
  REQUIRE(make_folder(folder / "a/b"));
  testing::write_text(folder / "file", "x");
  REQUIRE_FALSE(make_folder(folder / "file/below"));
}

TEST_CASE("one node uses a data folder, and the next may when it has gone", "[persistence][lock]") {
  TemporaryFolder folder;
  const auto data = folder / "data";
  {
    const auto first = FolderLock::take(data);
    REQUIRE(first);
    const auto second = FolderLock::take(data);
    REQUIRE_FALSE(second);
    REQUIRE(second.error().kind == ErrorKind::storage_unavailable);
    REQUIRE(second.error().message == "lock data folder " + data + ": another node uses it");
  }
  REQUIRE(FolderLock::take(data));
}

} // namespace gateway
