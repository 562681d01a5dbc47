#pragma once

#include "net/http/stream.hpp"
#include "net/http/tls_layer.hpp"

#include <string>

namespace gateway {

/// What a stream has beside its socket when it speaks TLS.
struct Stream::Tls {
  Tls(ssl_ctx_st* context, TlsLayer::Side side) : layer(context, side) {}
  TlsLayer layer;
  std::string unsent; // in the order in which TLS made it, whoever had it do so
};

} // namespace gateway
