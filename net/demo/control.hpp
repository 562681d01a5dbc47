#pragma once

#include "net/base/result.hpp"
#include "net/demo/faults.hpp"

#include <string_view>

namespace gateway {

/// An order as JSON: `{"fail":"429","count":3,"rate":0.5,"after":2,"wait_ms":1000}`; all but `fail`
/// may be left out.
/// Errors: invalid_json, missing_field, invalid_value.
Result<DemoFaultOrder> read_demo_order(std::string_view json);

} // namespace gateway
