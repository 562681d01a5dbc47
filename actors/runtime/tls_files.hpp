#pragma once

namespace gateway {

/// Lets CAF begin each connection with the certificates of that moment. CAF 0.17 makes a context
/// for every connection out of three files that its settings name, one after the other: in between
/// they may be exchanged, and a key that is not the certificate's ends the process.
/// This process' SSL_CTX_use_certificate_chain_file and SSL_CTX_use_PrivateKey_file are therefore
/// replaced by ones that know PeerTls by its name, and give a context all that it needs at once;
/// whoever calls this has them linked in.
void know_certificates_by_name() noexcept;

} // namespace gateway
