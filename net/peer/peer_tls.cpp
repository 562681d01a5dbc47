#include "net/peer/peer_tls.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

namespace gateway {
namespace {

constexpr std::string_view name_begins = "llm-gateway:certificates:";

/// All that there are: one in a process, in tests several.
struct Names {
  std::mutex mutex;
  std::map<std::string, const PeerTls*, std::less<>> known;
  std::uint64_t given = 0;
};

Names& names() {
  static Names all;
  return all;
}

} // namespace

Result<std::shared_ptr<PeerTls>> PeerTls::load(std::string folder, WallTime now) {
  GATEWAY_TRY(auto certificates, PeerCertificates::load(folder, now));
  return std::shared_ptr<PeerTls>{new PeerTls{std::move(folder), std::move(certificates)}};
}

PeerTls::PeerTls(std::string folder, std::shared_ptr<const PeerCertificates> certificates)
    : folder_(std::move(folder)), certificates_(std::move(certificates)) {
  auto& all = names();
  const std::lock_guard lock{all.mutex};
  name_ = std::string{name_begins} + std::to_string(++all.given);
  all.known.emplace(name_, this);
}

PeerTls::~PeerTls() {
  auto& all = names();
  const std::lock_guard lock{all.mutex};
  all.known.erase(name_);
}

Result<bool> PeerTls::reload(WallTime now) {
  GATEWAY_TRY(auto read, PeerCertificates::load(folder_, now));
  const std::lock_guard lock{exchanging_};
  const auto all = [](const PeerCertificates& one) {
    return std::tie(one.authority, one.chain, one.key);
  };
  const bool is_new = all(*read) != all(*certificates_);
  certificates_ = std::move(read);
  return is_new;
}

std::shared_ptr<const PeerCertificates> PeerTls::certificates() const {
  const std::lock_guard lock{exchanging_};
  return certificates_;
}

std::shared_ptr<const PeerCertificates> PeerTls::named(std::string_view name) {
  if (!name.starts_with(name_begins)) return nullptr;
  auto& all = names();
  const std::lock_guard lock{all.mutex};
  const auto known = all.known.find(name);
  return known == all.known.end() ? nullptr : known->second->certificates();
}

} // namespace gateway
