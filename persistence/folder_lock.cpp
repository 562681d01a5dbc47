#include "persistence/folder_lock.hpp"

#include "persistence/json_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace gateway {

Result<FolderLock> FolderLock::take(const std::string& folder) {
  if (auto made = make_folder(folder); !made) return fail(std::move(made.error()));
  const auto path = folder + "/lock";
  Descriptor file{real_files(), real_files().open(path, O_RDWR | O_CREAT, 0640)};
  if (!file.is_open())
    return fail(ErrorKind::storage_unavailable, "open " + path + ": " + errno_text(file.number()));
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    const auto why =
      errno == EWOULDBLOCK ? std::string("another node uses it") : errno_text(-errno);
    return fail(ErrorKind::storage_unavailable, "lock data folder " + folder + ": " + why);
  }
  return FolderLock{std::move(file)};
}

} // namespace gateway
