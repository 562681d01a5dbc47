#pragma once

#include "net/base/result.hpp"
#include "persistence/files.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace gateway {

/// What read_file takes at most: the largest snapshot that the bounds of UsageTotals allow, twice.
constexpr std::uint64_t json_file_bytes_max = 512ULL * 1024 * 1024;

/// The whole file. Errors: not_found where there is none, else storage_unavailable.
Result<std::string> read_file(const std::string& path);

/// Replaces the file so that a reader, and a start after a crash at any moment, sees the old or the
/// new text whole: written beside, synced, renamed, the folder synced. `mode` is the new file's.
/// Errors: storage_unavailable; the old file then stands as it was, or the new one whole.
/// Thread: one writer a path; the calling thread waits for the disk.
Result<void>
write_replaced(Files& files, const std::string& path, std::string_view text, mode_t mode = 0640);

inline Result<void>
write_replaced(const std::string& path, std::string_view text, mode_t mode = 0640) {
  return write_replaced(real_files(), path, text, mode);
}

/// Makes the folder and those above it, mode 0750, if they are missing.
Result<void> make_folder(const std::string& path);

} // namespace gateway
