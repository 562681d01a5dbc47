#include "persistence/config_history.hpp"

#include "net/base/log.hpp"
#include "persistence/files.hpp"
#include "persistence/json_file.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace gateway {
namespace {

using Json = nlohmann::ordered_json; // people read it: keys stay where they were written

std::string history_path(const std::string& data, std::uint64_t version) {
  return data + "/config.history/" + std::to_string(version) + ".json";
}

std::string text_of(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
}

SecretDates secrets_of(const Json& json) {
  SecretDates dates;
  if (!json.contains("secrets") || !json["secrets"].is_object()) return dates;
  for (const auto& [pointer, date] : json["secrets"].items())
    if (date.is_object() && date.contains("at") && date["at"].is_number_integer())
      dates[pointer] = {
        WallTime{Milliseconds{date["at"].get<std::int64_t>()}}, text_of(date, "by")};
  return dates;
}

Result<std::optional<StoredDocument>> load_from(const std::string& path, std::string_view comfort) {
  auto text = read_file(path);
  if (!text) {
    if (text.error().kind == ErrorKind::not_found) return std::optional<StoredDocument>{};
    return fail(std::move(text.error()));
  }
  const auto json = Json::parse(*text, nullptr, false);
  const bool whole = json.is_object() && json.contains("version")
    && json["version"].is_number_unsigned() && json.contains("doc") && json["doc"].is_object();
  if (!whole)
    return fail(ErrorKind::invalid_json, path + " is damaged; " + std::string(comfort) + ".");
  StoredDocument stored;
  stored.version = json["version"].get<std::uint64_t>();
  stored.text = json["doc"].dump(2);
  stored.via = text_of(json, "via");
  stored.file_digest = text_of(json, "file_digest");
  if (json.contains("at") && json["at"].is_number_integer())
    stored.at = WallTime{Milliseconds{json["at"].get<std::int64_t>()}};
  if (json.contains("file"))
    stored.file_text = json["file"].is_null() ? stored.text : json["file"].dump(2);
  stored.by = text_of(json, "by");
  stored.secrets = secrets_of(json);
  stored.note = text_of(json, "note");
  if (json.contains("summary") && json["summary"].is_array())
    for (const auto& line : json["summary"])
      if (line.is_string()) stored.summary.push_back(line.get<std::string>());
  return std::optional{std::move(stored)};
}

} // namespace

std::string text_digest(std::string_view text) {
  // FNV-1a, 64 bits: it tells an edit from none; nobody is kept from forging it.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return std::to_string(hash);
}

Result<std::optional<StoredDocument>> load_document(const std::string& data) {
  return load_from(data + "/config.json", "an earlier version lies in config.history beside it");
}

Result<std::optional<StoredDocument>> load_version(const std::string& data, std::uint64_t version) {
  return load_from(history_path(data, version), "the other versions are not touched by that");
}

Result<void> store_document(const std::string& data, const StoredDocument& document) {
  const auto doc = Json::parse(document.text, nullptr, false);
  if (!doc.is_object()) broken_promise("a document that was checked is no JSON object");
  Json json;
  json["version"] = document.version;
  json["at"] = milliseconds_since_epoch(document.at);
  json["by"] = document.by;
  json["via"] = document.via;
  json["note"] = document.note;
  json["summary"] = document.summary;
  for (const auto& [pointer, date] : document.secrets)
    json["secrets"][pointer] = {{"at", milliseconds_since_epoch(date.at)}, {"by", date.by}};
  json["file_digest"] = document.file_digest;
  json["doc"] = doc;
  const auto version_text = json.dump(2) + "\n";
  if (!document.file_text.empty()) {
    auto file = Json::parse(document.file_text);
    json["file"] = file == doc ? Json() : std::move(file);
  }
  const auto text = json.dump(2) + "\n";
  if (auto made = make_folder(data + "/config.history"); !made) return made;
  // History first: a crash in between leaves a version that is not in force yet, never a gap.
  if (auto kept = write_replaced(history_path(data, document.version), version_text, 0600); !kept)
    return kept;
  if (auto replaced = write_replaced(data + "/config.json", text, 0600); !replaced) return replaced;
  if (document.version > config_versions_kept) {
    // One that can't be removed is removed by nobody's need; the newest versions stand.
    [[maybe_unused]] const auto removed =
      real_files().remove(history_path(data, document.version - config_versions_kept));
  }
  return {};
}

std::optional<StoredDocument>
find_version(const std::string& data, const StoredDocument& in_force, std::uint64_t version) {
  if (version == in_force.version) return in_force;
  // What a crash left of a version that never was in force is none.
  if (version > in_force.version) return std::nullopt;
  auto loaded = load_version(data, version);
  if (loaded) return *std::move(loaded);
  log::error("config version not read problem={}", loaded.error().message);
  return std::nullopt;
}

Result<void> forget_versions(const std::string& data) {
  std::error_code error;
  std::filesystem::remove_all(data + "/config.history", error);
  if (!error) return {};
  return fail(
    ErrorKind::storage_unavailable, data + "/config.history can't be emptied: " + error.message());
}

} // namespace gateway
