#include "actors/runtime/config_versions.hpp"

#include <algorithm>

namespace gateway {
namespace {

// How many versions a stale edit is told of; what they changed together it is told in any case.
constexpr std::size_t versions_since_max = 100;

} // namespace

VersionNote note_of(const StoredDocument& stored) {
  const auto at = milliseconds_since_epoch(stored.at);
  return {stored.version, at, stored.by, stored.via, stored.note, stored.summary};
}

std::optional<StoredDocument> ConfigVersions::find(std::uint64_t version) const {
  return find_version(data, in_force, version);
}

std::uint64_t ConfigVersions::oldest() const noexcept {
  const auto newest = in_force.version;
  return newest > config_versions_kept ? newest - config_versions_kept + 1 : 1;
}

ConfigHistoryAnswer ConfigVersions::history(const ConfigHistoryRequest& request) const {
  const auto newest = in_force.version;
  ConfigHistoryAnswer answer{{}, newest, false};
  auto version = request.before == 0 ? newest : std::min(newest, request.before - 1);
  for (; version >= oldest(); --version) {
    const auto stored = find(version);
    if (!stored) continue;
    answer.more = answer.items.size() == request.limit;
    if (answer.more) break;
    answer.items.push_back(note_of(*stored));
  }
  return answer;
}

ConfigReadAnswer ConfigVersions::read(const ConfigReadRequest& request, bool is_locked) const {
  const auto stored = find(request.version.value_or(in_force.version));
  if (!stored) return {};
  return {
    note_of(*stored),
    redacted_text(stored->text, stored->secrets),
    is_locked,
    stored->version == in_force.version};
}

ConfigDiffAnswer ConfigVersions::diff(const ConfigDiffRequest& request) const {
  const auto from = find(request.from);
  const auto to = find(request.to);
  if (!from || !to) return {};
  return {diff_texts(from->text, to->text)};
}

ConfigEditAnswer ConfigVersions::refused(EditVerdict verdict) const {
  ConfigEditAnswer answer;
  answer.verdict = verdict;
  answer.version = in_force.version;
  return answer;
}

ConfigEditAnswer ConfigVersions::stale(std::uint64_t base) const {
  auto answer = refused(EditVerdict::stale);
  const auto seen = find(base);
  if (!seen) return answer;
  answer.changes = diff_texts(seen->text, in_force.text);
  const auto between = in_force.version - base;
  answer.since = history({0, std::min<std::size_t>(between, versions_since_max)}).items;
  return answer;
}

} // namespace gateway
