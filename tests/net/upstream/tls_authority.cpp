#include "tests/net/upstream/tls_authority.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace gateway {
namespace {

void must(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(what);
}

std::unique_ptr<EVP_PKEY, FreeTls> make_key() {
  return std::unique_ptr<EVP_PKEY, FreeTls>{EVP_EC_gen("P-256")};
}

void add_extension(X509& certificate, X509& issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  must(extension != nullptr, "extension");
  X509_add_ext(&certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::unique_ptr<X509, FreeTls> make_certificate(const char* name, EVP_PKEY& key, X509* issuer) {
  static long serial = 1;
  std::unique_ptr<X509, FreeTls> made{X509_new()};
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
  auto* const subject = X509_get_subject_name(made.get());
  const auto* const text = reinterpret_cast<const unsigned char*>(name);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(made.get(), issuer ? X509_get_subject_name(issuer) : subject);
  X509_set_pubkey(made.get(), &key);
  return made;
}

constexpr long day_s = 24 * 60 * 60;

} // namespace

TlsAuthority::TlsAuthority() : key_(make_key()) {
  // OpenSSL writes with plain write(): a client that has gone must not end the test.
  std::signal(SIGPIPE, SIG_IGN);
  root_ = make_certificate("test root", *key_, nullptr);
  X509_gmtime_adj(X509_getm_notBefore(root_.get()), -30 * day_s);
  X509_gmtime_adj(X509_getm_notAfter(root_.get()), day_s);
  add_extension(*root_, *root_, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(*root_, *root_, NID_key_usage, "critical,keyCertSign");
  must(X509_sign(root_.get(), key_.get(), EVP_sha256()) > 0, "sign the root");
  auto path = (std::filesystem::temp_directory_path() / "gateway-root-XXXXXX").string();
  const int file = ::mkstemp(path.data());
  must(file >= 0, "a file for the root");
  root_file_ = path;
  auto* const stream = ::fdopen(file, "w");
  PEM_write_X509(stream, root_.get());
  std::fclose(stream);
}

TlsAuthority::~TlsAuthority() {
  std::error_code ignored; // a file that stays behind harms no test
  std::filesystem::remove(root_file_, ignored);
}

std::unique_ptr<SSL_CTX, FreeTls>
TlsAuthority::server(const std::string& names, bool expired) const {
  const auto key = make_key();
  const auto leaf = make_certificate("test server", *key, root_.get());
  X509_gmtime_adj(X509_getm_notBefore(leaf.get()), -2 * day_s);
  X509_gmtime_adj(X509_getm_notAfter(leaf.get()), expired ? -day_s : day_s);
  add_extension(*leaf, *root_, NID_subject_alt_name, names);
  must(X509_sign(leaf.get(), key_.get(), EVP_sha256()) > 0, "sign the certificate");
  std::unique_ptr<SSL_CTX, FreeTls> context{SSL_CTX_new(TLS_server_method())};
  must(SSL_CTX_use_certificate(context.get(), leaf.get()) == 1, "use the certificate");
  must(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1, "use the key");
  static constexpr unsigned char session_context[] = "test";
  SSL_CTX_set_session_id_context(context.get(), session_context, sizeof session_context - 1);
  return context;
}

TlsPeer::TlsPeer(SSL_CTX& context, int socket) : tls_(SSL_new(&context)) {
  SSL_set_fd(tls_.get(), socket);
}

std::string TlsPeer::read_request() {
  std::string request;
  while (request.find("\r\n\r\n") == std::string::npos) {
    const auto more = read_some();
    if (more.empty()) break;
    request += more;
  }
  return request;
}

std::string TlsPeer::read_some() {
  char bytes[16 * 1024];
  const int got = SSL_read(tls_.get(), bytes, sizeof bytes);
  return got <= 0 ? std::string{} : std::string(bytes, static_cast<std::size_t>(got));
}

void TlsPeer::send(std::string_view bytes) {
  // What a client that has gone does not get is the test's business.
  (void)SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
}

std::string TlsPeer::server_name() const {
  const char* const name = SSL_get_servername(tls_.get(), TLSEXT_NAMETYPE_host_name);
  return name ? name : "";
}

} // namespace gateway
