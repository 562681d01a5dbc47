#include "persistence/files.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gateway {
namespace {

/// The call's result, or -errno; a signal is no failure, so the call is made again.
template <class Call>
auto as_kernel(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return static_cast<decltype(result)>(-errno);
  }
}

} // namespace

int Files::open(const std::string& path, int flags, mode_t mode) {
  return as_kernel([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
}

void Files::close(int descriptor) {
  // What could fail here was synced before where it matters, and the number is gone either way.
  ::close(descriptor);
}

ssize_t Files::write(int descriptor, std::string_view bytes) {
  return as_kernel([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
}

ssize_t Files::read(int descriptor, char* into, std::size_t bytes, std::uint64_t offset) {
  return as_kernel([&] { return ::pread(descriptor, into, bytes, static_cast<off_t>(offset)); });
}

std::int64_t Files::position(int descriptor) {
  return as_kernel([&] { return static_cast<std::int64_t>(::lseek(descriptor, 0, SEEK_CUR)); });
}

std::int64_t Files::size(int descriptor) {
  struct stat status {};
  const auto result = as_kernel([&] { return ::fstat(descriptor, &status); });
  return result < 0 ? result : status.st_size;
}

int Files::sync(int descriptor) {
  return as_kernel([&] { return ::fdatasync(descriptor); });
}

int Files::sync_folder(const std::string& path) {
  const int folder = open(path, O_RDONLY | O_DIRECTORY, 0);
  if (folder < 0) return folder;
  const int result = as_kernel([&] { return ::fsync(folder); });
  close(folder);
  return result;
}

int Files::truncate(int descriptor, std::uint64_t size) {
  return as_kernel([&] { return ::ftruncate(descriptor, static_cast<off_t>(size)); });
}

int Files::rename(const std::string& from, const std::string& to) {
  return as_kernel([&] { return ::rename(from.c_str(), to.c_str()); });
}

int Files::remove(const std::string& path) {
  return as_kernel([&] { return ::unlink(path.c_str()); });
}

Files& real_files() noexcept {
  static Files kernel;
  return kernel;
}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : files_(other.files_), number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this == &other) return *this;
  close();
  files_ = other.files_;
  number_ = std::exchange(other.number_, -1);
  return *this;
}

Descriptor::~Descriptor() {
  close();
}

void Descriptor::close() noexcept {
  if (number_ >= 0) files_->close(std::exchange(number_, -1));
}

std::string errno_text(std::int64_t result) {
  return std::generic_category().message(static_cast<int>(-result));
}

} // namespace gateway
