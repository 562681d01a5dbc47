#include "net/upstream/lookup.hpp"

#include <boost/asio/post.hpp>

namespace gateway {
namespace asio = boost::asio;
using boost::system::error_code;

Lookup::Lookup(IoThread& thread)
    : thread_(thread), resolver_(thread.io()),
      deadline_(
        [](void* self) noexcept { static_cast<Lookup*>(self)->end_soon(asio::error::timed_out); },
        this) {}

void Lookup::begin(const std::string& host, std::uint16_t port, Instant due) {
  thread_.deadlines().arm(deadline_, due);
  resolver_.async_resolve(
    host,
    std::to_string(port),
    Tcp::resolver::numeric_service,
    [self = shared_from_this()](error_code error, const Tcp::resolver::results_type& results) {
      Endpoints endpoints;
      for (const auto& result : results)
        if (endpoints.size() < addresses_max) endpoints.push_back(result.endpoint());
      self->end(error, std::move(endpoints));
    });
}

void Lookup::end_soon(error_code why) noexcept {
  // Not at once: a sweep of deadlines and a caller of `cancel` are no place to run a coroutine.
  asio::post(thread_.io(), [self = shared_from_this(), why] { self->end(why, {}); });
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
