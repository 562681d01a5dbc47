#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace gateway {

/// The system calls by which the store writes: one seam that tests take over to let every single
/// one fail. Each answers as the kernel does, but with `-errno` instead of -1.
/// Thread: any; the real one has no state.
class Files {
public:
  virtual ~Files() = default;

  /// A descriptor, close-on-exec.
  virtual int open(const std::string& path, int flags, mode_t mode);
  virtual void close(int descriptor);
  /// Bytes written, perhaps fewer than given.
  virtual ssize_t write(int descriptor, std::string_view bytes);
  virtual ssize_t read(int descriptor, char* into, std::size_t bytes, std::uint64_t offset);
  /// The position after this descriptor's last write; with O_APPEND, the end of what it wrote.
  virtual std::int64_t position(int descriptor);
  virtual std::int64_t size(int descriptor);
  /// fdatasync for files, fsync for folders.
  virtual int sync(int descriptor);
  virtual int sync_folder(const std::string& path);
  virtual int truncate(int descriptor, std::uint64_t size);
  virtual int rename(const std::string& from, const std::string& to);
  virtual int remove(const std::string& path);
};

/// The kernel's.
Files& real_files() noexcept;

/// A descriptor that closes itself.
class Descriptor {
public:
  Descriptor() = default;
  Descriptor(Files& files, int number) noexcept : files_(&files), number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int number() const noexcept { return number_; }
  bool is_open() const noexcept { return number_ >= 0; }
  void close() noexcept;

private:
  Files* files_ = nullptr;
  int number_ = -1;
};

/// The kernel's text for a result below zero: "No space left on device".
std::string errno_text(std::int64_t result);

} // namespace gateway
