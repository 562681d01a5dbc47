#include "persistence/json_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>

namespace gateway {
namespace {

Failed storage_failed(std::string_view verb, const std::string& path, std::int64_t result) {
  return fail(
    ErrorKind::storage_unavailable, std::string(verb) + " " + path + ": " + errno_text(result));
}

Result<void>
write_whole(Files& files, const std::string& path, std::string_view text, mode_t mode) {
  const Descriptor file{files, files.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)};
  if (!file.is_open()) return storage_failed("open", path, file.number());
  while (!text.empty()) {
    const auto written = files.write(file.number(), text);
    if (written < 0) return storage_failed("write", path, written);
    if (written == 0) return storage_failed("write", path, -ENOSPC);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (const int synced = files.sync(file.number()); synced < 0)
    return storage_failed("sync", path, synced);
  return {};
}

} // namespace

Result<std::string> read_file(const std::string& path) {
  auto& files = real_files();
  const Descriptor file{files, files.open(path, O_RDONLY, 0)};
  if (file.number() == -ENOENT) return fail(ErrorKind::not_found, "no file " + path);
  if (!file.is_open()) return storage_failed("open", path, file.number());
  const auto size = files.size(file.number());
  if (size < 0) return storage_failed("read", path, size);
  if (static_cast<std::uint64_t>(size) > json_file_bytes_max)
    return storage_failed("read", path, -EFBIG);
  std::string text(static_cast<std::size_t>(size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto got = files.read(file.number(), text.data() + filled, text.size() - filled, filled);
    if (got < 0) return storage_failed("read", path, got);
    if (got == 0) break; // it became shorter meanwhile
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

Result<void>
write_replaced(Files& files, const std::string& path, std::string_view text, mode_t mode) {
  const auto beside = path + ".new";
  if (auto written = write_whole(files, beside, text, mode); !written) {
    files.remove(beside); // best effort: the next write truncates it anyway
    return written;
  }
  if (const int renamed = files.rename(beside, path); renamed < 0) {
    files.remove(beside);
    return storage_failed("rename", beside, renamed);
  }
  const auto folder = std::filesystem::path(path).parent_path().string();
  if (const int synced = files.sync_folder(folder.empty() ? "." : folder); synced < 0)
    return storage_failed("sync the folder of", path, synced);
  return {};
}

Result<void> make_folder(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::create_directories(path, error)) {
    if (!error) return {}; // it was there
    return fail(ErrorKind::storage_unavailable, "make folder " + path + ": " + error.message());
  }
  // Best effort: without it the folder is readable by others, as its parent allows.
  fs::permissions(path, fs::perms::others_all, fs::perm_options::remove, error);
  return {};
}

} // namespace gateway
