#include "actors/node/spread.hpp"

#include <atomic>

namespace gateway {

std::function<void(const std::shared_ptr<const Directory>&)> spread_to_threads(
  IoThreads& threads,
  std::vector<std::unique_ptr<Context>>& contexts,
  std::promise<void>& first,
  std::function<void(Context&, const std::shared_ptr<const Directory>&)> everywhere) {
  const auto without = std::make_shared<std::atomic<std::size_t>>(threads.size());
  return [&threads, &contexts, &first, without, everywhere = std::move(everywhere)](
           const std::shared_ptr<const Directory>& directory) {
    const auto in_force = std::make_shared<const InForce>(
      InForce{directory, std::make_shared<const KeyTable>(directory->plan->document)});
    const auto missing = std::make_shared<std::atomic<std::size_t>>(threads.size());
    for (std::size_t i = 0; i < threads.size(); ++i)
      threads.thread(i).post(
        [&context = *contexts[i], &first, in_force, missing, without, everywhere] {
          const bool is_first = context.in_force == nullptr;
          context.in_force = in_force;
          if (is_first && without->fetch_sub(1) == 1) first.set_value();
          if (missing->fetch_sub(1) == 1) everywhere(context, in_force->directory);
        });
  };
}

} // namespace gateway
