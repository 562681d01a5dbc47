#include "tests/net/http/certificate.hpp"

#include <memory>
#include <stdexcept>

// Brings OpenSSL along; only net/http/tls may name its headers.
#include <boost/asio/ssl.hpp>

namespace gateway::testing {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* made) const noexcept {
    free(made);
  }
};

using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Free<X509_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free_all>>;

std::string text_of(BIO* memory) {
  char* text = nullptr;
  const auto bytes = BIO_ctrl(memory, BIO_CTRL_INFO, 0, &text);
  return {text, static_cast<std::size_t>(bytes)};
}

void add_extension(X509* cert, int kind, const char* value) {
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension{
    X509V3_EXT_conf_nid(nullptr, nullptr, kind, value)};
  X509_add_ext(cert, extension.get(), -1);
}

} // namespace

Certificate make_certificate(const std::string& name) {
  const Key key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  const Cert cert{X509_new()};
  constexpr long day_seconds = 24 * 60 * 60;
  X509_set_version(cert.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -day_seconds);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), day_seconds);
  X509_set_pubkey(cert.get(), key.get());
  std::basic_string<unsigned char> bytes{name.begin(), name.end()};
  auto* const subject = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, bytes.data(), -1, -1, 0);
  X509_set_issuer_name(cert.get(), subject);
  add_extension(cert.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  add_extension(cert.get(), NID_basic_constraints, "critical,CA:TRUE");
  if (X509_sign(cert.get(), key.get(), EVP_sha256()) == 0)
    throw std::runtime_error{"can't sign a certificate"};

  const Memory cert_text{BIO_new(BIO_s_mem())};
  const Memory key_text{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509(cert_text.get(), cert.get());
  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(cert_text.get()), text_of(key_text.get())};
}

} // namespace gateway::testing
