#pragma once

namespace gateway {

/// Makes one connection's TLS error no other's. OpenSSL keeps errors in a queue of the thread, and
/// a read or write that has only to wait counts as failed while something is left in it. CAF 0.17
/// never empties it: garbage at the cluster port, or one peer that goes away, would end the links
/// of all others.
/// This process' SSL_read and SSL_write are therefore replaced by ones that empty it first; whoever
/// calls this has them linked in.
void keep_tls_errors_apart() noexcept;

} // namespace gateway
