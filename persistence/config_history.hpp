#pragma once

#include "net/base/result.hpp"
#include "net/base/secret_date.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// One version of the cluster's document as it lies in the data folder.
struct StoredDocument {
  std::uint64_t version = 0;
  std::string via = {};         // "file", "api", "ui" or "rollback": how it came
  std::string file_digest = {}; // of the --config file as it was last read, "" if it never was
  std::string text = {};        // the document, JSON
  WallTime at{};                // when it came; 0 in files of before this was kept
  std::string by = {};          // an admin's name, "" for the file
  std::string note = {};
  std::vector<std::string> summary = {}; // what it changed, in words without values
  /// The --config file as it was last read, "" if it never was or is not known: what changes in it
  /// later is told from this. Only the version in force has it.
  std::string file_text = {};
  SecretDates secrets = {};
};

/// DATA/config.json: the version in force, for people. Errors: storage_unavailable; invalid_json
/// where the file is damaged (it is left as it is). Nothing where there is none yet.
Result<std::optional<StoredDocument>> load_document(const std::string& data);

/// One version out of DATA/config.history/. Errors: as above. Nothing where it is not kept.
Result<std::optional<StoredDocument>> load_version(const std::string& data, std::uint64_t version);

/// The version in force or one that is kept; damage is logged and counts as not kept.
std::optional<StoredDocument>
find_version(const std::string& data, const StoredDocument& in_force, std::uint64_t version);

/// Replaces DATA/config.json and keeps the version in DATA/config.history/; the oldest beyond
/// `config_versions_kept` are removed. Mode 0600: a document may hold keys.
/// Errors: storage_unavailable; then the old version stands.
Result<void> store_document(const std::string& data, const StoredDocument& document);

/// Removes all versions but the one in force: another cluster counts anew. Errors:
/// storage_unavailable.
Result<void> forget_versions(const std::string& data);

/// A digest that tells whether a text has changed.
std::string text_digest(std::string_view text);

constexpr std::uint64_t config_versions_kept = 1'000;

} // namespace gateway
