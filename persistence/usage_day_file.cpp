#include "persistence/usage_day_file.hpp"

#include "net/base/log.hpp"
#include "persistence/checksum.hpp"
#include "persistence/files.hpp"
#include "persistence/usage_store.hpp"

#include <bit>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <system_error>

namespace gateway {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are");

constexpr char magic[8] = {'c', 'h', 'a', 'r', 't', 's', '4', '\n'};
constexpr std::uint64_t part_bytes_max = 256ULL * 1024 * 1024;

/// What the day's own file was when this one was made of it.
struct Source {
  std::uint64_t bytes = 0;
  std::int64_t changed = 0; // the clock of the file system

  friend bool operator==(const Source&, const Source&) = default;
};

struct Part {
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
};

struct Head {
  char begin[sizeof magic] = {};
  Source source;
  Part rest;
  Part hours;
};
static_assert(sizeof(Head) == 56);

std::optional<Source> source_of(const std::string& data, Day day) {
  std::error_code error;
  const auto path = usage_day_path(data, day);
  const auto bytes = std::filesystem::file_size(path, error);
  if (error) return std::nullopt;
  const auto changed = std::filesystem::last_write_time(path, error).time_since_epoch().count();
  if (error) return std::nullopt;
  return Source{bytes, static_cast<std::int64_t>(changed)};
}

bool read_all(int descriptor, char* into, std::size_t bytes, std::uint64_t offset) {
  while (bytes > 0) {
    const auto got = real_files().read(descriptor, into, bytes, offset);
    if (got <= 0) return false;
    into += got;
    bytes -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
  return true;
}

std::optional<std::string> read_part(int descriptor, const Part& part, std::uint64_t offset) {
  if (part.bytes > part_bytes_max) return std::nullopt;
  std::string bytes(part.bytes, '\0');
  if (!read_all(descriptor, bytes.data(), bytes.size(), offset)) return std::nullopt;
  if (crc32_of(bytes) != part.checksum) return std::nullopt;
  return bytes;
}

bool write_all(Files& files, int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = files.write(descriptor, bytes);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

} // namespace

std::string usage_charts_path(const std::string& data, Day day) {
  return data + "/usage/" + day_text(day) + ".charts";
}

std::optional<UsageDay> load_usage_day(const std::string& data, Day day, bool with_hours) {
  auto& files = real_files();
  const Descriptor file{files, files.open(usage_charts_path(data, day), O_RDONLY, 0)};
  Head head;
  if (!file.is_open()) return std::nullopt;
  char bytes[sizeof head];
  if (!read_all(file.number(), bytes, sizeof bytes, 0)) return std::nullopt;
  std::memcpy(&head, bytes, sizeof head);
  if (std::memcmp(head.begin, magic, sizeof magic) != 0) return std::nullopt;
  if (head.source != source_of(data, day)) return std::nullopt;
  const auto rest = read_part(file.number(), head.rest, sizeof head);
  if (!rest) return std::nullopt;
  if (!with_hours) return UsageDay::read(day, *rest, {});
  const auto hours = read_part(file.number(), head.hours, sizeof head + head.rest.bytes);
  return hours ? UsageDay::read(day, *rest, *hours) : std::nullopt;
}

void store_usage_day(const std::string& data, Day day, const UsageDay& packed) {
  const auto source = source_of(data, day);
  if (!source) return;
  std::string text(sizeof(Head), '\0');
  std::size_t rest_bytes = 0;
  packed.append_to(text, rest_bytes);
  const auto rest = std::string_view(text).substr(sizeof(Head), rest_bytes);
  const auto hours = std::string_view(text).substr(sizeof(Head) + rest_bytes);
  Head head{{}, *source, {rest.size(), crc32_of(rest)}, {hours.size(), crc32_of(hours)}};
  std::memcpy(head.begin, magic, sizeof magic);
  std::memcpy(text.data(), &head, sizeof head);
  // Not synced: what a crash leaves of it has the wrong checksum.
  auto& files = real_files();
  const auto path = usage_charts_path(data, day);
  const auto beside = path + ".new";
  bool written = false;
  {
    const Descriptor file{files, files.open(beside, O_WRONLY | O_CREAT | O_TRUNC, 0640)};
    written = file.is_open() && write_all(files, file.number(), text);
  }
  if (written && files.rename(beside, path) == 0) return;
  files.remove(beside);
  log::warn("usage charts not written path={}", path);
}

} // namespace gateway
