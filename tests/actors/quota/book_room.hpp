#pragma once

#include "actors/quota/permit_books.hpp"
#include "actors/quota/permit_memory.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

/// A folder that goes with the test; in memory where that can be, as the book is in earnest.
class TestFolder {
public:
  TestFolder() {
    const std::filesystem::path shared = "/dev/shm";
    std::error_code unknown;
    const bool is_there = std::filesystem::is_directory(shared, unknown);
    const auto folder = is_there ? shared : std::filesystem::temp_directory_path();
    auto pattern = (folder / "gateway-quota-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TestFolder() {
    std::error_code ignored; // a folder left behind fails no test
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// A clock that the test moves: boot time and wall time go together.
struct TestClock {
  Instant at{1'000s};
  WallTime wall{Milliseconds{1'795'438'800'000}}; // 2026-11-23T13:00:00Z

  PermitMemory::Moment now() const { return {at, wall}; }
  void pass(Nanoseconds time) {
    at += time;
    wall = WallTime{std::chrono::round<Milliseconds>(wall.time_since_epoch() + time)};
  }
};

inline BookIdentity test_identity() {
  BookIdentity identity;
  identity.node = "00112233445566778899aabbccddeeff";
  identity.machine = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  identity.boot = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
  identity.epoch = 1;
  identity.known = true;
  return identity;
}

/// The book of a node in one life after another, as the node would open it.
class BookRoom {
public:
  explicit BookRoom(std::uint32_t slots = 16) : slots_(slots) {
    identity.epoch = 0;
    identity.known = false;
  }

  std::shared_ptr<PermitMemory> open(const TestClock& clock) {
    auto opened = PermitMemory::open({folder.path(), slots_}, identity, past, clock.now());
    if (!opened) FAIL(opened.error().message);
    auto memory = *opened;
    if (memory->beginning() != BookBeginning::restarted) ++identity.epoch;
    identity.known = true;
    memory->begin_epoch(identity.epoch);
    return memory;
  }

  TestFolder folder;
  BookIdentity identity = test_identity();
  BookPast past;

private:
  std::uint32_t slots_;
};

inline QuotaSpec per_minute(std::int64_t limit, QuotaUnit unit = QuotaUnit::requests) {
  QuotaSpec spec;
  spec.owner = "provider/p";
  spec.name = unit == QuotaUnit::requests ? "rpm" : "tpm";
  spec.unit = unit;
  spec.limit = limit;
  spec.window = 60s;
  return spec;
}

inline PermitBooks make_books(
  std::shared_ptr<PermitMemory> memory,
  const std::vector<QuotaSpec>& specs,
  const TestClock& clock) {
  auto made = PermitBooks::make(std::move(memory), specs, clock.now());
  if (!made) FAIL(made.error().message);
  return *std::move(made);
}

} // namespace gateway
