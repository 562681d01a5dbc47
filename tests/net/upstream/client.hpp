#pragma once

#include "net/upstream/upstream.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace gateway {

/// What came of a whole call.
struct Fetched {
  int status = 0;
  std::string body;
  std::optional<Error> error;
};

/// The client's io thread, which is the test's own: its loop runs while something is waited for.
class Client {
public:
  Client() { thread_.start_ticking(); }
  ~Client() { thread_.stop_ticking(); }

  IoThread& thread() noexcept { return thread_; }

  UpstreamPool pool(std::uint16_t port, const std::string& host = "127.0.0.1") {
    return UpstreamPool{thread_, origin(port, host), nullptr};
  }

  static Origin origin(std::uint16_t port, const std::string& host = "127.0.0.1") {
    return {.tls = false, .host = host, .port = port, .host_header = "test"};
  }

  /// Runs the loop until `holds` does. Throws after a time that no passing test needs.
  void until(const std::function<bool()>& holds) {
    const auto due = BootClock::now() + 20s;
    while (!holds()) {
      if (BootClock::now() > due) throw std::runtime_error("what was waited for did not happen");
      thread_.loop().run_once();
    }
  }

  /// Runs the loop until `work` has ended.
  template <class T>
  T run(Co<T> work) {
    std::optional<T> result;
    start(keep(std::move(work), result));
    until([&] { return result.has_value(); });
    return std::move(*result);
  }

  /// Ends `work` into `result`, for a test that steps the loop itself.
  template <class T>
  static Co<void> keep(Co<T> work, std::optional<T>& result) {
    result.emplace(co_await work);
  }

  static constexpr Milliseconds long_time{15'000};
  static Instant later() { return BootClock::now() + long_time; }

private:
  IoThread thread_{0};
};

/// A request without headers; `body` must live until the call's `send` is over.
inline UpstreamCall::Request request_to(std::span<const std::string_view> body = {}) {
  UpstreamCall::Request request;
  request.path = "/v1/chat/completions";
  request.body = body;
  return request;
}

/// Sends and reads piece by piece to the end.
inline Co<Fetched> fetch(UpstreamCall& call, UpstreamCall::Request request) {
  Fetched outcome;
  auto head = co_await call.send(request);
  if (!head) {
    outcome.error = head.error();
    co_return outcome;
  }
  outcome.status = head->status;
  while (true) {
    auto piece = co_await call.read();
    if (!piece) {
      outcome.error = piece.error();
      co_return outcome;
    }
    if (piece->empty()) co_return outcome;
    outcome.body += *piece;
  }
}

/// Sends and reads the whole body at once.
inline Co<Fetched>
fetch_all(UpstreamCall& call, UpstreamCall::Request request, std::size_t bytes_max) {
  Fetched outcome;
  auto head = co_await call.send(request);
  if (!head) {
    outcome.error = head.error();
    co_return outcome;
  }
  outcome.status = head->status;
  auto body = co_await call.read_all(bytes_max);
  if (body)
    outcome.body = *body;
  else
    outcome.error = body.error();
  co_return outcome;
}

} // namespace gateway
