#pragma once

#include "persistence/files.hpp"
#include "persistence/request_record.hpp"
#include "persistence/usage_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gateway::testing {

/// A folder under the system's temporary one, removed at scope end.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

private:
  std::string path_;
};

enum class FileCall { open, write, sync, sync_folder, truncate, rename, remove };
constexpr FileCall writing_calls[] = {
  FileCall::open,
  FileCall::write,
  FileCall::sync,
  FileCall::sync_folder,
  FileCall::truncate,
  FileCall::rename,
  FileCall::remove};

/// The kernel's files, but for the calls that are to fail; remembers what a machine crash would
/// leave.
class FaultyFiles : public Files {
public:
  /// Asked before each call, with the running number of all calls; an errno makes it fail.
  std::function<std::optional<int>(FileCall, std::uint64_t number)> fails;
  /// Bytes of the next write that reach the file, then it is over (once).
  std::optional<std::size_t> short_write;
  std::uint64_t calls = 0;

  int open(const std::string& path, int flags, mode_t mode) override;
  void close(int descriptor) override;
  ssize_t write(int descriptor, std::string_view bytes) override;
  int sync(int descriptor) override;
  int sync_folder(const std::string& path) override;
  int truncate(int descriptor, std::uint64_t size) override;
  int rename(const std::string& from, const std::string& to) override;
  int remove(const std::string& path) override;

  /// Cuts every file that was written to where its last sync left it, as the loss of power may.
  void lose_power();

private:
  std::optional<int> fault(FileCall call);
  std::map<int, std::string> paths_;
  std::map<std::string, std::uint64_t> synced_; // of files that were opened for writing
};

/// A moment of 2026-11-23, a Monday.
WallTime at(int hour, int minute = 0, int second = 0, int day = 23);

/// A finished request: every field has a value, and `number` tells it from others.
RequestRecord sample_record(std::uint64_t number, WallTime ended);

std::string text_of(const std::string& path);
void write_text(const std::string& path, std::string_view text);
std::vector<std::string> names_in(const std::string& folder);

/// Ids of all records in the journal of a data folder, in the order of the files, repetitions
/// included.
std::vector<std::string> ids_in(const std::string& data);

/// What a start makes of a data folder, with the kernel's files.
UsageStore load_store(const std::string& data, WallTime now);

} // namespace gateway::testing
