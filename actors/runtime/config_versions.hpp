#pragma once

#include "actors/config/edit.hpp"
#include "actors/runtime/messages.hpp"
#include "persistence/config_history.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace gateway {

/// The version in force and those before it that are kept, as people ask for them.
struct ConfigVersions {
  std::string data; // the folder
  StoredDocument in_force;

  std::optional<StoredDocument> find(std::uint64_t version) const;
  ConfigHistoryAnswer history(const ConfigHistoryRequest& request) const;
  ConfigReadAnswer read(const ConfigReadRequest& request, bool is_locked) const;
  ConfigDiffAnswer diff(const ConfigDiffRequest& request) const;
  /// The oldest one that is kept.
  std::uint64_t oldest() const noexcept;

  ConfigEditAnswer refused(EditVerdict verdict) const;
  /// What others changed since that version.
  ConfigEditAnswer stale(std::uint64_t base) const;
};

VersionNote note_of(const StoredDocument& stored);

} // namespace gateway
