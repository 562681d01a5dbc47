#include "actors/config/edit.hpp"

#include "actors/config/document_secrets.hpp"
#include "actors/config/effective.hpp"
#include "actors/config/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace gateway {
namespace {

using Pointer = DocumentJson::json_pointer;

bool any_error(const std::vector<Problem>& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.severity == Problem::Severity::error;
  });
}

const ProviderConfig* find_provider(const Document& document, const std::string& name) {
  const auto found = document.providers.find(name);
  return found != document.providers.end() ? &found->second : nullptr;
}

// The provider a secret belongs to: "/providers/groq/api_key".
std::string provider_of(const std::string& pointer) {
  constexpr std::string_view section = "/providers/";
  if (!pointer.starts_with(section)) return "";
  return pointer.substr(section.size(), pointer.find('/', section.size()) - section.size());
}

bool same_origin(const Document& before, const Document& after, const std::string& provider) {
  const auto* old = find_provider(before, provider);
  const auto* now = find_provider(after, provider);
  return old == nullptr || now == nullptr || old->endpoint.origin == now->endpoint.origin;
}

// No edit sends a stored key elsewhere (contract, section 3).
void check_origins(
  const Document& before,
  const Document& after,
  const std::vector<std::string>& kept,
  std::vector<Problem>& problems) {
  for (const auto& pointer : kept)
    if (!same_origin(before, after, provider_of(pointer)))
      problems.push_back(
        {Problem::Severity::error,
         pointer,
         0,
         0,
         "secret_origin",
         "the provider is now somewhere else: give its secret anew"});
}

NextVersion judge(const EditBase& base, const DocumentJson& stored, const DocumentJson& next) {
  NextVersion made;
  made.text = next.dump(2);
  auto reading = read_effective(made.text, base.added, base.document->version + 1);
  made.document = std::move(reading.document);
  made.problems = std::move(reading.problems);
  made.changes = diff_documents(stored, next);
  return made;
}

// Bounds on depth and size, no name twice, valid UTF-8; the first fault is told.
bool is_well_formed(std::string_view patch, Problems& problems) {
  Problems faults;
  if (read_json(patch, faults) && !faults.any_error()) return true;
  const auto& first = faults.all().front();
  const auto where = "the patch, at \"" + first.pointer + "\": ";
  problems.error("", {}, first.code, where + first.message);
  return false;
}

// Two texts of the file.
struct FileChange {
  const DocumentJson& before;
  const DocumentJson& after;
};

// Null where there is nothing.
const DocumentJson* value_at(const DocumentJson& document, const Pointer& place) {
  return document.contains(place) ? &document.at(place) : nullptr;
}

bool same_or_both_missing(const DocumentJson* one, const DocumentJson* other) {
  return one != nullptr && other != nullptr ? same_value(*one, *other) : one == other;
}

void remove_at(DocumentJson& document, const Pointer& place) {
  document.at(place.parent_pointer()).erase(place.back());
}

// Makes of the place what the file makes of it. False where it is no longer what the file changed.
bool take_over(const FileChange& change, const std::string& pointer, DocumentJson& merged) {
  const Pointer place{pointer};
  const auto* after = value_at(change.after, place);
  const auto* now = value_at(merged, place);
  if (same_or_both_missing(now, after)) return true;
  if (!same_or_both_missing(now, value_at(change.before, place))) return false;
  // What stood around it may be gone, or be something else.
  const auto* around = value_at(merged, place.parent_pointer());
  if (around == nullptr || !around->is_object()) return false;
  if (after != nullptr)
    merged[place] = *after;
  else
    remove_at(merged, place);
  return true;
}

NextVersion refused(Problems& problems) {
  NextVersion made;
  made.problems = problems.take_sorted();
  return made;
}

} // namespace

NextVersion edit_document(const EditBase& base, std::string_view patch_text) {
  Problems problems;
  if (!is_well_formed(patch_text, problems)) return refused(problems);
  const auto patch = DocumentJson::parse(patch_text);
  const auto stored = DocumentJson::parse(base.text);
  auto edited = redacted(stored, base.dates);
  if (!apply_patch(edited, patch, problems)) return refused(problems);
  const auto kept = restore_secrets(edited, stored, patch, problems);
  auto made = judge(base, stored, edited);
  if (made.document) check_origins(*base.document, *made.document, kept, made.problems);
  for (auto& problem : problems.take_sorted()) made.problems.push_back(std::move(problem));
  if (any_error(made.problems)) made.document = nullptr;
  return made;
}

NextVersion roll_back_document(const EditBase& base, std::string_view earlier) {
  const auto stored = DocumentJson::parse(base.text);
  auto next = DocumentJson::parse(earlier);
  const auto reading = read_effective(earlier, base.added, base.document->version + 1);
  std::vector<Problem> kept;
  for (const auto& pointer : secret_pointers(next)) {
    const Pointer place{pointer};
    if (!reading.document || !stored.contains(place)) continue;
    if (!is_literal_secret(stored[place]) || !is_literal_secret(next[place])) continue;
    if (!same_origin(*base.document, *reading.document, provider_of(pointer))) continue;
    if (next[place] != stored[place])
      kept.push_back(
        {Problem::Severity::warning,
         pointer,
         0,
         0,
         "secret_kept",
         "this secret was replaced since that version: the newer one stays"});
    next[place] = stored[place];
  }
  auto made = judge(base, stored, next);
  made.problems.insert(made.problems.end(), kept.begin(), kept.end());
  return made;
}

NextVersion replace_document(const EditBase& base, std::string_view file) {
  auto reading = read_effective(file, base.added, base.document->version + 1);
  if (!reading.document) return {std::string(file), nullptr, std::move(reading.problems), {}};
  return judge(base, DocumentJson::parse(base.text), DocumentJson::parse(file));
}

NextVersion merge_file(const EditBase& base, std::string_view last_read, std::string_view file) {
  // The file by itself first: its problems have a line and a column there.
  auto reading = read_effective(file, base.added, base.document->version + 1);
  if (!reading.document) return {std::string(file), nullptr, std::move(reading.problems), {}};
  const auto stored = DocumentJson::parse(base.text);
  const auto before = DocumentJson::parse(last_read);
  const auto after = DocumentJson::parse(file);
  Problems problems;
  auto merged = stored;
  for (const auto& place : differing_places(before, after))
    if (!take_over({before, after}, place, merged))
      problems.error(place, {}, "clash", "the file and an edit elsewhere both changed this");
  if (problems.any_error()) return refused(problems);
  return judge(base, stored, merged);
}

std::vector<Change> diff_texts(std::string_view before, std::string_view after) {
  return diff_documents(DocumentJson::parse(before), DocumentJson::parse(after));
}

std::string redacted_text(std::string_view text, const SecretDates& dates) {
  return redacted(DocumentJson::parse(text), &dates).dump();
}

SecretDates dates_after(
  std::string_view before,
  const SecretDates& dates,
  std::string_view after,
  const SecretDate& now) {
  const auto earlier = before.empty() ? DocumentJson::object() : DocumentJson::parse(before);
  return dated(earlier, dates, DocumentJson::parse(after), now);
}

} // namespace gateway
