#include "actors/api/config_json.hpp"

#include "net/base/json_text.hpp"

#include <charconv>

namespace gateway {
namespace {

// A list of what `append` writes of each.
template <class Items, class Append>
void append_list(std::string& out, const Items& items, Append append) {
  out += '[';
  for (const auto& item : items) {
    if (out.back() != '[') out += ',';
    append(item);
  }
  out += ']';
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  append_json_string(out, name);
  out += ':';
  append_json_string(out, text);
}

} // namespace

void append_problems_json(std::string& out, std::span<const Problem> problems) {
  append_list(out, problems, [&](const Problem& problem) {
    const bool error = problem.severity == Problem::Severity::error;
    out += '{';
    append_text(out, "path", problem.pointer);
    out += ',';
    append_text(out, "code", problem.code);
    out += ',';
    append_text(out, "message", problem.message);
    out += ',';
    append_text(out, "severity", error ? "error" : "warning");
    out += '}';
  });
}

void append_changes_json(std::string& out, std::span<const Change> changes) {
  append_list(out, changes, [&](const Change& change) {
    out += '{';
    append_text(out, "path", change.pointer);
    if (!change.before.empty()) out += R"(,"before":)" + change.before;
    if (!change.after.empty()) out += R"(,"after":)" + change.after;
    out += ',';
    append_text(out, "class", change.kind);
    out += '}';
  });
}

void append_version_json(std::string& out, const VersionNote& note, bool active) {
  out += R"("version":)" + std::to_string(note.version) + R"(,"at":)" + std::to_string(note.at);
  out += ',';
  append_text(out, "by", note.by);
  out += ',';
  append_text(out, "via", note.via);
  out += ',';
  append_text(out, "note", note.note);
  out += R"(,"summary":)";
  append_list(out, note.summary, [&](const std::string& line) { append_json_string(out, line); });
  out += active ? R"(,"active":true)" : R"(,"active":false)";
}

std::optional<std::uint64_t> read_version(std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

} // namespace gateway
