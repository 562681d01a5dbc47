#pragma once

#include "net/http/stream.hpp"
#include "net/upstream/connections.hpp"
#include "net/upstream/lookup.hpp"

#include <memory>
#include <string>

namespace gateway {

/// One attempt to reach an origin: its name, its addresses one after the other, TLS.
/// Thread: its io thread; one `connect` at a time.
class Dial {
public:
  using Endpoint = boost::asio::ip::tcp::endpoint;

  Dial(Connections& connections, Milliseconds user_timeout)
      : connections_(connections), user_timeout_(user_timeout) {}

  /// Errors: upstream_error with what happened, upstream_timeout after `due`, cancelled.
  Co<Result<std::unique_ptr<Stream>>> connect(Instant due);

  /// Ends a pending `connect`, and every later one, with `cancelled`.
  void cancel() noexcept;

private:
  Co<Result<Lookup::Endpoints>> addresses(Instant due);
  Co<boost::system::error_code> reach(const Endpoint& address, Instant due);
  Co<boost::system::error_code> secure(Instant due);
  Failed failed(boost::system::error_code error, const std::string& doing) const;

  Connections& connections_;
  Milliseconds user_timeout_;
  std::shared_ptr<Lookup> lookup_; // while it is under way
  std::unique_ptr<Stream> stream_; // the one that is tried
  bool cancelled_ = false;
};

} // namespace gateway
