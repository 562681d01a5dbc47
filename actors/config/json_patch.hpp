#pragma once

#include "actors/config/problems.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>

namespace gateway {

/// A document while it is edited: people read it, so its keys stay where they were written.
using DocumentJson = nlohmann::ordered_json;

/// More steps than anybody makes by hand, few enough to be applied one by one.
constexpr std::size_t patch_steps_max = 10'000;

/// Applies an RFC 6902 patch, step by step, and stops at the first step that can't be applied: a
/// problem `patch` says which and why, never what is in the document. The document is then half
/// edited and to be thrown away. Neither deeper nor much larger documents than read_json takes can
/// be made, however often a step copies another's work.
/// False where there is such a problem.
bool apply_patch(DocumentJson& document, const DocumentJson& patch, Problems& problems);

/// A step of the patch adds or replaces the value at `pointer`, or one around it.
bool patch_writes(const DocumentJson& patch, const std::string& pointer);

} // namespace gateway
