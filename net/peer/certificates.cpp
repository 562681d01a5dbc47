#include "net/peer/certificates.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

namespace gateway {
namespace {

struct FreeSsl {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const noexcept { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};
template <class T>
using Ssl = std::unique_ptr<T, FreeSsl>;

Failed broken(const std::string& file, std::string_view what) {
  ERR_clear_error();
  return fail(ErrorKind::invalid_value, "--cluster-tls: " + file + " " + std::string{what});
}

Result<std::string> read(const std::string& file) {
  std::ifstream stream{file, std::ios::binary};
  if (!stream)
    return broken(file, "can't be read: the folder must hold ca.pem, node.pem and node.key.");
  return std::string{std::istreambuf_iterator<char>{stream}, {}};
}

Ssl<BIO> reader(const std::string& text) {
  return Ssl<BIO>{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

std::vector<Ssl<X509>> certificates_in(const std::string& text) {
  std::vector<Ssl<X509>> found;
  const auto source = reader(text);
  while (auto* certificate = PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr))
    found.emplace_back(certificate);
  ERR_clear_error(); // the end of the file is one
  return found;
}

Ssl<EVP_PKEY> key_in(const std::string& text) {
  // Without it OpenSSL would ask at the terminal for an encrypted key's password.
  const auto no_password = [](char*, int, int, void*) { return 0; };
  return Ssl<EVP_PKEY>{PEM_read_bio_PrivateKey(reader(text).get(), nullptr, no_password, nullptr)};
}

WallTime in_wall_time(const ASN1_TIME* at) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(at, &parts) != 1) return {};
  return WallTime{std::chrono::seconds{::timegm(&parts)}};
}

Result<void> check_chain(
  const std::string& file,
  const std::vector<Ssl<X509>>& chain,
  const std::vector<Ssl<X509>>& authority,
  WallTime now) {
  const Ssl<X509_STORE> store{X509_STORE_new()};
  for (const auto& root : authority) X509_STORE_add_cert(store.get(), root.get());
  const Ssl<STACK_OF(X509)> between{sk_X509_new_null()};
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(between.get(), chain[i].get());
  const Ssl<X509_STORE_CTX> context{X509_STORE_CTX_new()};
  X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), between.get());
  X509_VERIFY_PARAM_set_time(
    X509_STORE_CTX_get0_param(context.get()),
    static_cast<std::time_t>(now.time_since_epoch() / std::chrono::seconds{1}));
  if (X509_verify_cert(context.get()) == 1) return {};
  const auto verdict = X509_STORE_CTX_get_error(context.get());
  if (verdict == X509_V_ERR_CERT_HAS_EXPIRED)
    return broken(file, "has expired: make a new certificate for this node.");
  if (verdict == X509_V_ERR_CERT_NOT_YET_VALID)
    return broken(file, "is not valid yet: is this machine's clock right?");
  if (verdict == X509_V_ERR_CERT_SIGNATURE_FAILURE)
    return broken(
      file,
      "is not signed by the first authority of that name in ca.pem: a second one needs a name of "
      "its own.");
  return broken(
    file,
    std::string{"is not signed by the authority in ca.pem ("}
      + X509_verify_cert_error_string(verdict) + ").");
}

} // namespace

Result<std::shared_ptr<const PeerCertificates>>
PeerCertificates::load(const std::string& folder, WallTime now) {
  const auto authority_file = folder + "/ca.pem";
  const auto chain_file = folder + "/node.pem";
  const auto key_file = folder + "/node.key";
  GATEWAY_TRY(auto authority_text, read(authority_file));
  GATEWAY_TRY(auto chain_text, read(chain_file));
  GATEWAY_TRY(auto key_text, read(key_file));
  constexpr std::string_view no_certificate = "holds no certificate in PEM form.";
  const auto authority = certificates_in(authority_text);
  if (authority.empty()) return broken(authority_file, no_certificate);
  const auto chain = certificates_in(chain_text);
  if (chain.empty()) return broken(chain_file, no_certificate);
  const auto key = key_in(key_text);
  if (!key) return broken(key_file, "holds no private key in PEM form, or one with a password.");
  if (X509_check_private_key(chain.front().get(), key.get()) != 1)
    return broken(key_file, "is not the key of the certificate in node.pem.");
  if (auto good = check_chain(chain_file, chain, authority, now); !good)
    return fail(std::move(good.error()));

  auto expires = WallTime::max();
  for (const auto& certificate : chain)
    expires = std::min(expires, in_wall_time(X509_get0_notAfter(certificate.get())));
  return std::make_shared<const PeerCertificates>(PeerCertificates{
    std::move(authority_text), std::move(chain_text), std::move(key_text), expires});
}

bool PeerCertificates::use_in(ssl_ctx_st* context) const {
  const auto shown = certificates_in(chain);
  const auto own_key = key_in(key);
  if (shown.empty() || !own_key) return false;
  bool good = SSL_CTX_use_certificate(context, shown.front().get()) == 1;
  for (std::size_t i = 1; i < shown.size(); ++i)
    good = good && SSL_CTX_add1_chain_cert(context, shown[i].get()) == 1;
  good = good && SSL_CTX_use_PrivateKey(context, own_key.get()) == 1;
  for (const auto& root : certificates_in(authority))
    good = good && X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root.get()) == 1;
  return good;
}

} // namespace gateway
