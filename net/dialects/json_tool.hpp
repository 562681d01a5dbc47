#pragma once

#include <string_view>

namespace gateway {

/// The tool that stands for a JSON schema where a model can't be constrained to one: it is forced,
/// and what it is called with is the answer. Ours alone, so that reading needs no memory.
constexpr std::string_view json_tool = "gateway_json_output";

} // namespace gateway
