#pragma once

#include "actors/router/walk.hpp"
#include "net/base/error.hpp"

namespace gateway {

/// Why none of the candidates may answer, from what each of them was passed over for: 400 where the
/// request fits nobody, 403 where no budget may pay, 429 with the earliest time if a budget or
/// quota is all that is missing, else 503.
Error no_candidate_error(const Walk& walk);

/// 404 with the nearest names that `key` may use; null: any.
Error unknown_model_error(const Plan& plan, const std::string& name, const KeyConfig* key);

} // namespace gateway
