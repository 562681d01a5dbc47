#include "net/upstream/lookup.hpp"

#include <boost/asio/io_context.hpp>

namespace gateway {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

Lookup::Found ask_system(const std::string& host, std::uint16_t port) {
  using Tcp = asio::ip::tcp;
  asio::io_context io;
  Lookup::Found found;
  const auto results = Tcp::resolver{io}.resolve(
    host, std::to_string(port), Tcp::resolver::numeric_service, found.error);
  for (const auto& result : results)
    if (found.endpoints.size() < Lookup::addresses_max)
      found.endpoints.push_back(result.endpoint());
  return found;
}

} // namespace

Lookup::Lookup(IoThread& thread)
    : thread_(thread),
      deadline_(
        [](void* self) noexcept { static_cast<Lookup*>(self)->end_soon(asio::error::timed_out); },
        this) {}

void Lookup::begin(const std::string& host, std::uint16_t port, Instant due) {
  thread_.deadlines().arm(deadline_, due);
  thread_.run_aside([self = shared_from_this(), host, port]() mutable {
    auto found = ask_system(host, port);
    // Whole, so that the last of it is let go of on its own thread.
    auto& thread = self->thread_;
    thread.post([self = std::move(self), found = std::move(found)]() mutable {
      self->end(found.error, std::move(found.endpoints));
    });
  });
}

void Lookup::end_soon(error_code why) noexcept {
  // Not at once: a sweep of deadlines and a caller of `cancel` are no place to run a coroutine.
  thread_.post([self = shared_from_this(), why] { self->end(why, {}); });
}

void Lookup::end(error_code error, Endpoints endpoints) {
  if (!waiting_) return;
  deadline_.disarm();
  if (is_given_up_)
    found_ = Found{asio::error::operation_aborted, {}};
  else
    found_ = Found{error, std::move(endpoints)};
  std::exchange(waiting_, nullptr).resume();
}

} // namespace gateway
