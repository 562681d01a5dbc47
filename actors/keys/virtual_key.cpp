#include "actors/keys/virtual_key.hpp"

#include "net/base/error.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>
#include <vector>

namespace gateway {

namespace {

constexpr std::string_view hash_prefix = "sha256:";
constexpr std::string_view key_prefix = "gwk_";

/// A key longer than this is nobody's: it is not even hashed.
constexpr std::size_t key_bytes_max = 1024;

constexpr std::string_view url_alphabet =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::optional<std::uint8_t> hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  const auto lower = to_lower_ascii(c);
  if (lower >= 'a' && lower <= 'f') return static_cast<std::uint8_t>(lower - 'a' + 10);
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::string_view> bearer(std::string_view value) noexcept {
  constexpr std::string_view scheme = "bearer";
  value = trimmed(value);
  if (value.size() <= scheme.size()) return std::nullopt;
  if (!same_ignoring_case(value.substr(0, scheme.size()), scheme)) return std::nullopt;
  if (value[scheme.size()] != ' ' && value[scheme.size()] != '\t') return std::nullopt;
  return trimmed(value.substr(scheme.size()));
}

} // namespace

KeyDigest digest_of(std::string_view key) {
  KeyDigest digest;
  unsigned int size = 0;
  if (
    EVP_Digest(key.data(), key.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1
    || size != digest.size())
    broken_promise("SHA-256 is not available");
  return digest;
}

std::string key_hash(std::string_view key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(hash_prefix);
  for (const auto byte : digest_of(key)) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::optional<KeyDigest> parse_key_hash(std::string_view hash) noexcept {
  KeyDigest digest{};
  if (!hash.starts_with(hash_prefix)) return std::nullopt;
  hash.remove_prefix(hash_prefix.size());
  if (hash.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const auto high = hex_digit(hash[2 * i]);
    const auto low = hex_digit(hash[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return digest;
}

bool same_digest(const KeyDigest& a, const KeyDigest& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string url_base64(std::span<const std::uint8_t> bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int have = 0;
  for (const auto byte : bytes) {
    bits = (bits << 8) | byte;
    for (have += 8; have >= 6; have -= 6) text += url_alphabet[(bits >> (have - 6)) & 63];
  }
  if (have > 0) text += url_alphabet[(bits << (6 - have)) & 63];
  return text;
}

std::string random_text(std::size_t bytes) {
  std::vector<std::uint8_t> random(bytes);
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    broken_promise("the system has no randomness");
  return url_base64(random);
}

Secret make_key() {
  return Secret(std::string(key_prefix) + random_text(32));
}

std::optional<std::string_view> presented_key(std::span<const Header> headers) noexcept {
  if (const auto value = find_header(headers, "authorization"))
    if (const auto key = bearer(*value); key && !key->empty()) return key;
  for (const std::string_view name : {"x-api-key", "api-key", "x-goog-api-key"})
    if (const auto value = find_header(headers, name))
      if (const auto key = trimmed(*value); !key.empty()) return key;
  return std::nullopt;
}

std::size_t KeyTable::DigestHash::operator()(const KeyDigest& digest) const noexcept {
  std::size_t first = 0;
  std::memcpy(&first, digest.data(), sizeof first);
  return first;
}

bool KeyTable::DigestEqual::operator()(const KeyDigest& a, const KeyDigest& b) const noexcept {
  return same_digest(a, b);
}

KeyTable::KeyTable(std::shared_ptr<const Document> document) : document_(std::move(document)) {
  for (const auto& [name, key] : document_->keys)
    if (const auto digest = parse_key_hash(key.hash)) keys_.emplace(*digest, &key);
  for (const auto& [name, admin] : document_->admins)
    if (const auto digest = parse_key_hash(admin.hash)) admins_.emplace(*digest, &admin);
}

const KeyConfig* KeyTable::find_key(std::string_view presented) const {
  if (presented.empty() || presented.size() > key_bytes_max) return nullptr;
  const auto found = keys_.find(digest_of(presented));
  return found != keys_.end() ? found->second : nullptr;
}

const AdminConfig* KeyTable::find_admin(std::string_view presented) const {
  if (presented.empty() || presented.size() > key_bytes_max) return nullptr;
  const auto found = admins_.find(digest_of(presented));
  return found != admins_.end() ? found->second : nullptr;
}

const AdminConfig* KeyTable::admin_named(std::string_view name) const {
  const auto found = document_->admins.find(std::string{name});
  return found != document_->admins.end() ? &found->second : nullptr;
}

} // namespace gateway
