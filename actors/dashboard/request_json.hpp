#pragma once

#include "persistence/request_record.hpp"

#include <string>

namespace gateway {

/// A row of GET /requests (openapi.yaml, RequestRow).
void append_request_row(std::string& out, const RequestRecord& record);
/// The same with what GET /requests/{id} adds to it.
void append_request_detail(std::string& out, const RequestRecord& record);

/// What it used and what that cost: `usage` of GET /requests/{id}.
void append_request_usage(std::string& out, const RequestRecord& record);

/// Microseconds as a JSON number of milliseconds.
std::string to_ms_json(std::int64_t us);

} // namespace gateway
