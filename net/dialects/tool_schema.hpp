#pragma once

#include "net/base/result.hpp"
#include "net/dialects/json_reading.hpp"
#include "net/unified/chat.hpp"

#include <string>
#include <string_view>

namespace gateway {

/// The tool that stands for a JSON schema where a model can't be constrained to one: it is forced,
/// and what it is called with is the answer. Ours alone, so that reading needs no memory.
constexpr std::string_view json_tool = "gateway_json_output";

/// What a tool takes, as the schema of an object, which APIs insist on that know `json_tool`.
/// `place` is where the request has the tool.
/// Errors: invalid_value, also for a tool that is called like ours.
Result<Json> tool_schema(const Tool& tool, const std::string& place);

} // namespace gateway
