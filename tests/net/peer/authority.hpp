#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

namespace gateway {

/// Who signs the certificates of a cluster in a test; its files are gone with it.
class PeerAuthority {
public:
  enum class Validity { now, over };

  /// `name`: its own where it is empty.
  explicit PeerAuthority(const std::string& name = "")
      : folder_(
        std::filesystem::temp_directory_path()
        / ("llm-gateway-peers-" + std::to_string(std::random_device{}()))),
        key_(EVP_EC_gen("P-256")),
        root_(certificate_for(
          name.empty() ? folder_.filename().string() : name, key_.get(), Validity::now)) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    const std::unique_ptr<X509_EXTENSION, Free> is_authority{
      X509V3_EXT_conf_nid(nullptr, &context, NID_basic_constraints, "critical,CA:TRUE")};
    X509_add_ext(root_.get(), is_authority.get(), -1);
    X509_set_issuer_name(root_.get(), X509_get_subject_name(root_.get()));
    X509_sign(root_.get(), key_.get(), EVP_sha256());
  }
  ~PeerAuthority() { std::filesystem::remove_all(folder_); }
  PeerAuthority(const PeerAuthority&) = delete;
  PeerAuthority& operator=(const PeerAuthority&) = delete;

  std::string name() const { return folder_.filename().string(); }

  /// A folder with ca.pem, node.pem and node.key.
  std::string issue(const std::string& name, Validity validity = Validity::now) const {
    const auto folder = folder_ / (name + "-" + std::to_string(issued_++));
    std::filesystem::create_directories(folder);
    const std::unique_ptr<EVP_PKEY, Free> key{EVP_EC_gen("P-256")};
    const auto certificate = certificate_for(name, key.get(), validity);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(root_.get()));
    X509_sign(certificate.get(), key_.get(), EVP_sha256());
    write(folder / "ca.pem", [&](FILE* file) { PEM_write_X509(file, root_.get()); });
    write(folder / "node.pem", [&](FILE* file) { PEM_write_X509(file, certificate.get()); });
    write(folder / "node.key", [&](FILE* file) {
      PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    return folder.string();
  }

private:
  struct Free {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
  };
  using Certificate = std::unique_ptr<X509, Free>;

  static Certificate certificate_for(const std::string& name, EVP_PKEY* key, Validity validity) {
    constexpr long hour = 60 * 60;
    Certificate certificate{X509_new()};
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(
      X509_get_serialNumber(certificate.get()), static_cast<long>(std::random_device{}() / 2));
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -24 * hour);
    X509_gmtime_adj(
      X509_getm_notAfter(certificate.get()), validity == Validity::now ? 24 * hour : -hour);
    X509_NAME_add_entry_by_txt(
      X509_get_subject_name(certificate.get()),
      "CN",
      MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>(name.c_str()),
      -1,
      -1,
      0);
    X509_set_pubkey(certificate.get(), key);
    return certificate;
  }

  template <class Write>
  static void write(const std::filesystem::path& path, Write write) {
    FILE* file = std::fopen(path.c_str(), "w");
    write(file);
    std::fclose(file);
  }

  std::filesystem::path folder_;
  std::unique_ptr<EVP_PKEY, Free> key_;
  Certificate root_;
  mutable int issued_ = 0;
};

} // namespace gateway
