#pragma once

#include "net/base/result.hpp"
#include "persistence/files.hpp"

#include <string>

namespace gateway {

/// Held while a node uses its data folder, so that a second one is refused. The kernel drops it
/// with the process, however that ends. Not inherited by child processes.
class FolderLock {
public:
  /// Makes the folder if needed and locks `folder/lock`.
  /// Errors: storage_unavailable; the message names the folder.
  static Result<FolderLock> take(const std::string& folder);

private:
  explicit FolderLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

} // namespace gateway
