#include "persistence/config_history.hpp"

#include "store_support.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace gateway {

using testing::TemporaryFolder;

namespace {

StoredDocument version_of(std::uint64_t number) {
  StoredDocument stored;
  stored.version = number;
  stored.via = "api";
  stored.file_digest = "7";
  stored.text = R"({"z": 1, "a": 0.59})";
  stored.at = testing::at(12);
  stored.by = "ops";
  stored.note = "why \"it\" is so";
  stored.summary = {"changed /a"};
  return stored;
}

} // namespace

TEST_CASE("a version comes back with who made it, when and why", "[persistence][config]") {
  TemporaryFolder folder;
  REQUIRE(store_document(folder.path(), version_of(3)));
  for (const auto& loaded : {load_document(folder.path()), load_version(folder.path(), 3)}) {
    REQUIRE((loaded && *loaded));
    const auto& stored = **loaded;
    CHECK(stored.version == 3);
    CHECK(stored.via == "api");
    CHECK(stored.file_digest == "7");
    CHECK(stored.at == testing::at(12));
    CHECK(stored.by == "ops");
    CHECK(stored.note == "why \"it\" is so");
    CHECK(stored.summary == std::vector<std::string>{"changed /a"});
    CHECK(stored.text == "{\n  \"z\": 1,\n  \"a\": 0.59\n}");
  }
}

TEST_CASE("a version that is not kept is none, a damaged one an error", "[persistence][config]") {
  TemporaryFolder folder;
  REQUIRE(store_document(folder.path(), version_of(1)));
  const auto missing = load_version(folder.path(), 2);
  REQUIRE(missing);
  CHECK_FALSE(*missing);
  testing::write_text(folder / "config.history/1.json", R"({"version":1,"doc":{)");
  const auto damaged = load_version(folder.path(), 1);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().kind == ErrorKind::invalid_json);
  // The version in force is a file of its own.
  CHECK(load_document(folder.path()));
}

TEST_CASE("versions from before authors were kept are read all the same", "[persistence][config]") {
  TemporaryFolder folder;
  testing::write_text(
    folder / "config.json", R"({"version":4,"via":"file","file_digest":"9","doc":{}})");
  const auto loaded = load_document(folder.path());
  REQUIRE((loaded && *loaded));
  CHECK((*loaded)->version == 4);
  CHECK((*loaded)->at == WallTime{});
  CHECK((*loaded)->by.empty());
}

TEST_CASE(
  "the file that was read last is kept with the version in force", "[persistence][config]") {
  TemporaryFolder folder;
  auto version = version_of(1);
  SECTION("where it is the document itself") {
    version.file_text = version.text;
  }
  SECTION("where edits came since") {
    version.file_text = R"({"z": 2})";
  }
  REQUIRE(store_document(folder.path(), version));
  const auto loaded = load_document(folder.path());
  REQUIRE((loaded && *loaded));
  CHECK(nlohmann::json::parse((*loaded)->file_text) == nlohmann::json::parse(version.file_text));
  CHECK((*load_version(folder.path(), 1))->file_text.empty());
}

TEST_CASE("only the newest versions are kept", "[persistence][config]") {
  TemporaryFolder folder;
  REQUIRE(store_document(folder.path(), version_of(1)));
  REQUIRE(store_document(folder.path(), version_of(2)));
  REQUIRE(store_document(folder.path(), version_of(config_versions_kept + 1)));
  CHECK_FALSE(*load_version(folder.path(), 1));
  CHECK(*load_version(folder.path(), 2));
}

} // namespace gateway
