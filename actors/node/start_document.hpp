#pragma once

#include "actors/config/document.hpp"
#include "actors/node/options.hpp"
#include "net/base/result.hpp"
#include "persistence/config_history.hpp"

#include <memory>
#include <string>

namespace gateway {

/// The document a node starts with.
struct StartDocument {
  StoredDocument stored; // as it lies in the data folder
  std::string added;     // the demo's providers
  std::shared_ptr<const Document> document;
};

/// The live document of the data folder; at the first start, or with --config-wins, the file, which
/// becomes a new version. Problems are logged. Errors: invalid_value, storage_unavailable.
Result<StartDocument> load_start_document(const ServeOptions& options, std::string added);

} // namespace gateway
