#pragma once

#include "net/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace gateway {

/// Where the book lies: `wanted` (--shm) if given; else `shared` (/dev/shm) if that is a tmpfs with
/// room for `bytes` and this process is not pid 1 of its namespace; else the data folder.
std::filesystem::path book_folder(
  const std::optional<std::filesystem::path>& wanted,
  const std::filesystem::path& shared,
  const std::filesystem::path& data,
  std::uint64_t bytes);

/// A file of our own, locked for this process and mapped whole.
class BookFile {
public:
  /// Opens or creates it, takes its lock; nothing is mapped yet.
  /// Errors: storage_unavailable: locked by another process, not a plain file, somebody else's.
  static Result<BookFile> open(const std::filesystem::path& path);

  BookFile(BookFile&& other) noexcept;
  BookFile& operator=(BookFile&& other) noexcept;
  ~BookFile();

  std::size_t size() const noexcept { return size_; }
  /// Makes it `bytes` of zeros, allocated in full: a full file system is an error now and never a
  /// SIGBUS later. Errors: storage_unavailable; a file that was made new is then removed.
  Result<void> make_new(std::size_t bytes);
  /// Maps what is there. Errors: storage_unavailable.
  Result<void> map();
  /// Takes the place of the file `path`, at once and whole.
  Result<void> rename_to(const std::filesystem::path& path);
  std::byte* bytes() const noexcept { return bytes_; }
  const std::filesystem::path& path() const noexcept { return path_; }

private:
  BookFile(std::filesystem::path path, int descriptor, std::size_t size);

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
  std::byte* bytes_ = nullptr;
};

} // namespace gateway
