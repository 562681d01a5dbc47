#pragma once

#include "actors/api/context.hpp"
#include "actors/runtime/io_threads.hpp"

#include <memory>
#include <vector>

namespace gateway {

/// Takes no new calls and returns when all are over: what runs goes on to its end `until` then,
/// what is left is told that the node stops, and who does not listen is cut off a second later.
void end_calls(
  Server& server,
  IoThreads& threads,
  const std::vector<std::unique_ptr<Context>>& contexts,
  Instant until);

} // namespace gateway
