#pragma once

#include "actors/api/context.hpp"
#include "actors/runtime/io_threads.hpp"

#include <functional>
#include <future>
#include <memory>
#include <vector>

namespace gateway {

/// Hands a version of the document to all io threads, as the router asks for it. `first` is
/// fulfilled when each of them has one; `everywhere` is called for each version, on the last thread
/// that takes it. All arguments outlive it.
std::function<void(const std::shared_ptr<const Directory>&)> spread_to_threads(
  IoThreads& threads,
  std::vector<std::unique_ptr<Context>>& contexts,
  std::promise<void>& first,
  std::function<void(Context&, const std::shared_ptr<const Directory>&)> everywhere);

} // namespace gateway
