#include "persistence/request_log.hpp"

#include "net/base/json_text.hpp"
#include "persistence/line_scan.hpp"
#include "persistence/record_line.hpp"
#include "persistence/replay.hpp"

#include <algorithm>
#include <fcntl.h>
#include <ranges>

namespace gateway {
namespace {

/// Called with each undamaged line, newest first; false ends the walk.
using LineVisitor = std::function<bool(std::string_view line)>;

Result<void> walk_back(const std::string& data, std::uint64_t bytes_max, const LineVisitor& visit) {
  GATEWAY_TRY(const auto stored, journal_files(data + "/requests", Day::min()));
  auto& files = real_files();
  std::uint64_t walked = 0;
  for (const auto& file : stored | std::views::reverse) {
    const Descriptor descriptor{files, files.open(file.path, O_RDONLY, 0)};
    if (!descriptor.is_open()) continue; // retention was quicker
    BackwardScan lines{files, descriptor.number(), file.limit};
    for (;;) {
      GATEWAY_TRY(const auto line, lines.next());
      if (!line) break;
      walked += line->end - line->begin;
      if (walked > bytes_max) return {};
      if (line->ended && !visit(line->text)) return {};
    }
  }
  return {};
}

/// The whole line in it: a torn one may stand in front of another thread's.
std::string_view whole_part(std::string_view line) noexcept {
  const auto at = check_line(line) ? std::optional<std::size_t>{0} : find_whole_line(line);
  return at ? line.substr(*at) : std::string_view{};
}

} // namespace

Result<std::optional<RequestRecord>> find_request(const std::string& data, std::string_view id) {
  std::optional<RequestRecord> found;
  if (id.empty() || id.size() > record_text_bytes_max) return found;
  // The id as a line has it; what the search finds is looked at closely afterwards.
  std::string needle;
  append_json_string(needle, id);
  RecordReader reader;
  const auto walked = walk_back(data, request_log_bytes_max, [&](std::string_view line) {
    if (line.find(needle) == std::string_view::npos) return true;
    const auto whole = whole_part(line);
    auto record = whole.empty() ? std::nullopt : reader.read(whole);
    if (!record || (record->id != id && record->request_id != id)) return true;
    found = std::move(record);
    return false;
  });
  if (!walked) return fail(Error{walked.error()});
  return found;
}

Result<void>
visit_requests(const std::string& data, std::uint64_t rows_max, const RequestVisitor& visit) {
  RecordReader reader;
  std::uint64_t rows = 0;
  if (rows_max == 0) return {};
  return walk_back(data, request_log_bytes_max, [&](std::string_view line) {
    const auto whole = whole_part(line);
    auto record = whole.empty() ? std::nullopt : reader.read(whole);
    if (!record) return true;
    return visit(std::move(*record)) && ++rows < rows_max;
  });
}

} // namespace gateway
