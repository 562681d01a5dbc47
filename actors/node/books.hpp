#pragma once

#include "actors/config/document.hpp"
#include "actors/node/options.hpp"
#include "actors/quota/permit_memory.hpp"
#include "net/base/result.hpp"
#include "persistence/node_identity.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace gateway {

/// How many quotas a document has.
std::uint32_t count_quotas(const Document& document);

/// Takes the permit book up where the last life left it (cluster-quota.md, section 4): reads what
/// the data folder knows of it, opens the mapping, begins a new epoch where one is needed.
/// `quotas`: how many the document has. `identity` is stored, synced, before any permit can be
/// used. Errors: storage_unavailable.
Result<std::shared_ptr<PermitMemory>>
open_books(const ServeOptions& options, std::uint32_t quotas, NodeIdentity& identity);

/// After everything has settled: writes DATA/permits.clean.json, synced; not of a book that is
/// lost.
Result<void> close_books(const std::string& data, const PermitMemory& memory);

} // namespace gateway
