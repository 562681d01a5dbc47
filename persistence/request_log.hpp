#pragma once

#include "net/base/result.hpp"
#include "persistence/files.hpp"
#include "persistence/request_record.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// How far back a look-up reads at most: a day of a busy node, in about two seconds.
constexpr std::uint64_t request_log_bytes_max = 8ULL * 1024 * 1024 * 1024;

/// The newest record whose `id`, or whose client's x-request-id, is that. Reads the journal
/// backwards; nothing where there is none (within request_log_bytes_max). Errors:
/// storage_unavailable. Thread: any that may wait for the disk: the store thread.
Result<std::optional<RequestRecord>> find_request(const std::string& data, std::string_view id);

/// Hands over records newest first, until `visit` returns false or `rows_max` were read.
using RequestVisitor = std::function<bool(RequestRecord&& record)>;
Result<void>
visit_requests(const std::string& data, std::uint64_t rows_max, const RequestVisitor& visit);

} // namespace gateway
