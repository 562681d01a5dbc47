#pragma once

#include "actors/config/document.hpp"
#include "net/base/header.hpp"
#include "net/base/secret.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gateway {

using KeyDigest = std::array<std::uint8_t, 32>;

/// SHA-256 of a key as presented.
KeyDigest digest_of(std::string_view key);

/// "sha256:" and 64 lower-case hex digits: how the document holds a key.
std::string key_hash(std::string_view key);

/// What a hash of the document stands for; none where it is malformed.
std::optional<KeyDigest> parse_key_hash(std::string_view hash) noexcept;

/// In constant time.
bool same_digest(const KeyDigest& a, const KeyDigest& b) noexcept;

/// Base64 without padding and with the letters that URLs, cookies and shells leave alone (RFC 4648,
/// section 5).
std::string url_base64(std::span<const std::uint8_t> bytes);

/// So many bytes from the system's random source, as url_base64.
std::string random_text(std::size_t bytes);

/// A new key, "gwk_" and 43 characters: 256 bits from the system's random source.
Secret make_key();

/// The key a client presented, a view into its headers: `Authorization: Bearer KEY`, else
/// `x-api-key`, else `api-key`, else Gemini's `x-goog-api-key`. None if all are missing or empty.
std::optional<std::string_view> presented_key(std::span<const Header> headers) noexcept;

/// Who may call, by the hash of what they present. Made from one version of the document, which it
/// keeps alive; immutable, shared by all threads.
class KeyTable {
public:
  explicit KeyTable(std::shared_ptr<const Document> document);

  /// The virtual key, or null. A key that is not enabled is found: the caller says why it is
  /// refused.
  const KeyConfig* find_key(std::string_view presented) const;
  const AdminConfig* find_admin(std::string_view presented) const;
  const AdminConfig* admin_named(std::string_view name) const;

  /// The document has a virtual key, enabled or not.
  bool any_key() const noexcept { return !document_->keys.empty(); }

private:
  /// A digest is as good as random already: its first bytes are its hash.
  struct DigestHash {
    std::size_t operator()(const KeyDigest& digest) const noexcept;
  };
  /// In constant time: how much of a digest fits is told by no clock.
  struct DigestEqual {
    bool operator()(const KeyDigest& a, const KeyDigest& b) const noexcept;
  };
  template <class Config>
  using Table = std::unordered_map<KeyDigest, const Config*, DigestHash, DigestEqual>;

  std::shared_ptr<const Document> document_;
  Table<KeyConfig> keys_;
  Table<AdminConfig> admins_;
};

} // namespace gateway
