#include "actors/quota/book_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/magic.h>
#include <string>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>

namespace gateway {
namespace {

Failed no_book(const std::filesystem::path& path, const std::string& why) {
  return fail(ErrorKind::storage_unavailable, "permit book " + path.string() + ": " + why);
}

std::string reason(int code) {
  return std::error_code{code, std::generic_category()}.message();
}

bool has_room(const std::filesystem::path& folder, std::uint64_t bytes) noexcept {
  struct statfs there {};
  if (::statfs(folder.c_str(), &there) != 0 || there.f_type != TMPFS_MAGIC) return false;
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return false;
  // A tmpfs without a limit says 0 blocks.
  return there.f_blocks == 0 || there.f_bavail * static_cast<std::uint64_t>(there.f_bsize) >= bytes;
}

} // namespace

std::filesystem::path book_folder(
  const std::optional<std::filesystem::path>& wanted,
  const std::filesystem::path& shared,
  const std::filesystem::path& data,
  std::uint64_t bytes) {
  if (wanted) return *wanted;
  // As pid 1 we are a container whose /dev/shm goes with it.
  if (::getpid() != 1 && has_room(shared, bytes)) return shared;
  return data;
}

BookFile::BookFile(std::filesystem::path path, int descriptor, std::size_t size)
    : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

BookFile::BookFile(BookFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_), bytes_(std::exchange(other.bytes_, nullptr)) {}

BookFile& BookFile::operator=(BookFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

BookFile::~BookFile() {
  if (bytes_ != nullptr) ::munmap(bytes_, size_);
  if (descriptor_ >= 0) ::close(descriptor_); // gives the lock back
}

Result<BookFile> BookFile::open(const std::filesystem::path& path) {
  // /dev/shm is everybody's: no link is followed, nobody else's file is taken.
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return no_book(path, reason(errno));
  BookFile file{path, descriptor, 0};
  struct stat opened {};
  if (::fstat(descriptor, &opened) != 0) return no_book(path, reason(errno));
  if (!S_ISREG(opened.st_mode)) return no_book(path, "is not a plain file");
  if (opened.st_uid != ::geteuid()) return no_book(path, "belongs to another user");
  if ((opened.st_mode & 077) != 0 && ::fchmod(descriptor, 0600) != 0)
    return no_book(path, reason(errno));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    return no_book(
      path, errno == EWOULDBLOCK ? "another process of this node is using it" : reason(errno));
  // Whoever held the lock before may have removed the file meanwhile.
  struct stat named {};
  if (
    ::lstat(path.c_str(), &named) != 0 || named.st_ino != opened.st_ino
    || named.st_dev != opened.st_dev)
    return no_book(path, "was replaced while it was opened");
  if (::fstat(descriptor, &opened) != 0) return no_book(path, reason(errno));
  file.size_ = static_cast<std::size_t>(opened.st_size);
  return file;
}

Result<void> BookFile::make_new(std::size_t bytes) {
  // A mapping left over would keep the lock beyond this object.
  if (bytes_ != nullptr) ::munmap(std::exchange(bytes_, nullptr), size_);
  if (::ftruncate(descriptor_, 0) != 0) return no_book(path_, reason(errno));
  const int code = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes));
  if (code != 0) {
    ::unlink(path_.c_str());
    return no_book(
      path_,
      "no room for " + std::to_string(bytes) + " bytes (" + reason(code)
        + "); choose another folder with --shm");
  }
  size_ = bytes;
  return {};
}

Result<void> BookFile::map() {
  void* const at = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (at == MAP_FAILED) return no_book(path_, reason(errno));
  bytes_ = static_cast<std::byte*>(at);
  return {};
}

Result<void> BookFile::rename_to(const std::filesystem::path& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) return no_book(path_, reason(errno));
  path_ = path;
  return {};
}

} // namespace gateway
