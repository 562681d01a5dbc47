#include "net/peer/certificates.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
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

Result<std::vector<Ssl<X509>>> certificates_in(const std::string& file, const std::string& text) {
  std::vector<Ssl<X509>> found;
  const auto source = reader(text);
  while (auto* certificate = PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr))
    found.emplace_back(certificate);
  ERR_clear_error(); // the end of the file is one
  if (found.empty()) return broken(file, "holds no certificate in PEM form.");
  return found;
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
  return broken(
    file,
    std::string{"is not signed by the authority in ca.pem ("}
      + X509_verify_cert_error_string(verdict) + ").");
}

} // namespace

Result<FileInMemory> FileInMemory::holding(std::string_view text) {
  FileInMemory file{::memfd_create("llm-gateway-peer", MFD_CLOEXEC)};
  const auto written =
    file.descriptor_ < 0 ? -1 : ::write(file.descriptor_, text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()))
    return fail(ErrorKind::internal, "there is no memory to keep certificates in");
  return file;
}

FileInMemory::FileInMemory(FileInMemory&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileInMemory::~FileInMemory() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string FileInMemory::path() const {
  return "/proc/self/fd/" + std::to_string(descriptor_);
}

Result<std::shared_ptr<const PeerCertificates>>
PeerCertificates::load(const std::string& folder, WallTime now) {
  const auto authority_file = folder + "/ca.pem";
  const auto chain_file = folder + "/node.pem";
  const auto key_file = folder + "/node.key";
  GATEWAY_TRY(const auto authority_text, read(authority_file));
  GATEWAY_TRY(const auto chain_text, read(chain_file));
  GATEWAY_TRY(const auto key_text, read(key_file));
  GATEWAY_TRY(const auto authority, certificates_in(authority_file, authority_text));
  GATEWAY_TRY(const auto chain, certificates_in(chain_file, chain_text));
  // Without it OpenSSL would ask at the terminal for an encrypted key's password.
  const auto no_password = [](char*, int, int, void*) { return 0; };
  const Ssl<EVP_PKEY> key{
    PEM_read_bio_PrivateKey(reader(key_text).get(), nullptr, no_password, nullptr)};
  if (!key) return broken(key_file, "holds no private key in PEM form, or one with a password.");
  if (X509_check_private_key(chain.front().get(), key.get()) != 1)
    return broken(key_file, "is not the key of the certificate in node.pem.");
  if (auto good = check_chain(chain_file, chain, authority, now); !good)
    return fail(std::move(good.error()));

  auto expires = WallTime::max();
  for (const auto& certificate : chain)
    expires = std::min(expires, in_wall_time(X509_get0_notAfter(certificate.get())));
  GATEWAY_TRY(auto kept_authority, FileInMemory::holding(authority_text));
  GATEWAY_TRY(auto kept_chain, FileInMemory::holding(chain_text));
  GATEWAY_TRY(auto kept_key, FileInMemory::holding(key_text));
  return std::make_shared<const PeerCertificates>(PeerCertificates{
    std::move(kept_authority), std::move(kept_chain), std::move(kept_key), expires});
}

} // namespace gateway
