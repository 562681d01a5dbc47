#pragma once

#include "actors/config/document.hpp"
#include "actors/node/options.hpp"
#include "net/base/result.hpp"
#include "persistence/config_history.hpp"
#include "persistence/usage_store.hpp"

#include <memory>
#include <optional>
#include <string>

namespace gateway {

/// The document a node starts with.
struct StartDocument {
  StoredDocument stored; // as it lies in the data folder, or is to
  bool is_new = false;   // taken from the file, and not in the data folder yet
  std::string added;     // the demo's providers
  std::shared_ptr<const Document> document;
  /// --config-wins where the document is a cluster's: the file, to be agreed on.
  std::optional<StoredDocument> file_wins;
};

/// The live document of the data folder; at the first start, or with --config-wins, the file, which
/// becomes a new version: at once, or of a cluster's document once its voters agree. Problems are
/// logged. Errors: invalid_value, storage_unavailable.
Result<StartDocument> load_start_document(const ServeOptions& options, std::string added);

/// Puts a new version into the data folder: from then on it is the live one. Errors:
/// storage_unavailable.
Result<void> keep_start_document(const ServeOptions& options, const StartDocument& start);

/// What a start found in the store, for the log; damage is a person's business.
void report_load(const LoadReport& report);

} // namespace gateway
