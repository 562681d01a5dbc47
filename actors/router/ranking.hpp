#pragma once

#include "actors/router/policy.hpp"
#include "actors/router/walk.hpp"

#include <functional>

namespace gateway {

/// Finds the memory a policy keeps of a route (or of a bare name).
using PolicyMemories = std::function<PolicyMemory&(const std::string& route)>;

/// Whether a policy that takes turns has a say in this walk's order: then only the router, which
/// remembers whose turn it is, can rank it.
bool takes_turns(const Walk& walk);

/// Works out who may answer: resolves the name, passes over who can't, ranks the rest by the
/// route's policy. Candidates that an earlier attempt of this walk tried are passed over.
/// Sets `walk.refusal` where the name means nothing, or not for this key. Without `memories` where
/// nobody takes turns.
void rank(Walk& walk, const PolicyMemories& memories, Instant now);

} // namespace gateway
