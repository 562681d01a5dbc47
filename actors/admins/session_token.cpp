#include "actors/admins/session_token.hpp"

#include "actors/keys/virtual_key.hpp"
#include "net/base/error.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace gateway {
namespace {

// Until the year 9999.
constexpr std::int64_t until_ms_max = 253'402'300'799'999;

std::string claim_text(const SessionClaim& claim, char between) {
  return claim.id + between + std::to_string(milliseconds_since_epoch(claim.until)) + between
    + claim.subject;
}

std::string_view signature_in(std::string_view token) noexcept {
  return token.substr(token.rfind('.') + 1);
}

} // namespace

std::string SessionSigner::token_of(const SessionClaim& claim, std::string_view standing) const {
  return claim_text(claim, '.') + "." + mac("session", claim, standing);
}

std::optional<SessionClaim> SessionSigner::read(std::string_view token) {
  if (token.size() > session_token_bytes_max) return std::nullopt;
  const auto first = token.find('.');
  const auto second = first == token.npos ? first : token.find('.', first + 1);
  const auto last = token.rfind('.');
  if (second == token.npos || last <= second) return std::nullopt;
  const auto digits = token.substr(first + 1, second - first - 1);
  std::int64_t until_ms = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, until_ms);
  if (read.ec != std::errc{} || read.ptr != end || until_ms < 0 || until_ms > until_ms_max)
    return std::nullopt;
  return SessionClaim{
    std::string{token.substr(0, first)},
    WallTime{Milliseconds{until_ms}},
    std::string{token.substr(second + 1, last - second - 1)}};
}

bool SessionSigner::is_signed(
  std::string_view token, const SessionClaim& claim, std::string_view standing) const {
  return same_secret(signature_in(token), mac("session", claim, standing));
}

std::string SessionSigner::csrf_of(const SessionClaim& claim) const {
  return mac("csrf", claim, "");
}

std::string SessionSigner::mac(
  std::string_view purpose, const SessionClaim& claim, std::string_view standing) const {
  // No part of it can hold a line break: where one ends and the next begins is never in doubt.
  std::string text{purpose};
  text += '\n' + claim_text(claim, '\n') + '\n';
  text += standing;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto& key = secret_.reveal();
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const auto* made = HMAC(
    EVP_sha256(),
    key.data(),
    static_cast<int>(key.size()),
    bytes,
    text.size(),
    digest.data(),
    &size);
  if (made == nullptr) broken_promise("HMAC is not available");
  return url_base64(std::span{digest}.first(size));
}

bool same_secret(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace gateway
