#include "actors/node/drain.hpp"

#include <thread>

namespace gateway {
namespace {

void wait_until_quiet(const Server& server, Instant due) {
  constexpr Milliseconds look_every{5};
  while (!server.is_quiet() && BootClock::now() < due) std::this_thread::sleep_for(look_every);
}

} // namespace

void end_calls(
  Server& server,
  IoThreads& threads,
  const std::vector<std::unique_ptr<Context>>& contexts,
  Instant until) {
  constexpr Milliseconds last_words{1'000};
  threads.run_on_all([&](std::size_t i) {
    contexts[i]->feed.close(); // the dashboard's streams have no end of their own to wait for
    server.stop_accepting(i);
  });
  wait_until_quiet(server, until);
  threads.run_on_all([&](std::size_t i) { contexts[i]->calls.cut(); });
  wait_until_quiet(server, BootClock::now() + last_words);
  threads.run_on_all([&](std::size_t i) { server.abort_all(i); });
  // Aborted calls still settle and are recorded; that takes a few turns of the loops.
  wait_until_quiet(server, Instant::max());
}

} // namespace gateway
