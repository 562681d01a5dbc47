#include "persistence/raft_snapshot_file.hpp"

#include "persistence/checksum.hpp"
#include "persistence/raft_scan.hpp"
#include "persistence/record_line.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace gateway {
namespace {

std::string field(const char* name, std::uint64_t value) {
  return std::string(R"(,")") + name + R"(":)" + std::to_string(value);
}

} // namespace

std::string raft_snapshot_text(const RaftSnapshot& snapshot) {
  std::string text;
  const auto payload = snapshot.configuration + snapshot.bytes;
  const auto fields = R"("format":1)" + field("index", snapshot.index)
    + field("term", snapshot.term) + field("configuration_index", snapshot.configuration_index)
    + field("configuration_bytes", snapshot.configuration.size())
    + field("bytes", snapshot.bytes.size()) + field("checksum", crc32_of(payload));
  if (!append_framed_line(text, fields)) broken_promise("the head of a snapshot is no long line");
  return text + payload;
}

Result<RaftSnapshot> read_raft_snapshot(std::string_view text, const std::string& path) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return damaged_raft_file(path, "is damaged");
  const auto fields = check_line(text.substr(0, end));
  if (!fields) return damaged_raft_file(path, "is damaged");
  const auto json = nlohmann::json::parse("{" + std::string(*fields) + "}", nullptr, false);
  constexpr std::array names{
    "format", "index", "term", "configuration_index", "configuration_bytes", "bytes", "checksum"};
  for (const auto* name : names)
    if (!json.is_object() || !json.contains(name) || !json[name].is_number_unsigned())
      return damaged_raft_file(path, "is damaged");
  const auto number = [&](const char* name) { return json[name].get<std::uint64_t>(); };
  if (number("format") != 1)
    return fail(
      ErrorKind::storage_unavailable, path + " was written by a later version of this program.");
  const auto payload = text.substr(end + 1);
  const auto configuration_bytes = number("configuration_bytes");
  const bool is_whole = configuration_bytes <= payload.size()
    && number("bytes") == payload.size() - configuration_bytes
    && number("checksum") == crc32_of(payload);
  if (!is_whole) return damaged_raft_file(path, "is damaged");
  RaftSnapshot snapshot;
  snapshot.index = number("index");
  snapshot.term = number("term");
  snapshot.configuration_index = number("configuration_index");
  snapshot.configuration = payload.substr(0, configuration_bytes);
  snapshot.bytes = payload.substr(configuration_bytes);
  return snapshot;
}

} // namespace gateway
