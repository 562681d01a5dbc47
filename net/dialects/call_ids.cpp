#include "net/dialects/call_ids.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::uint64_t fnv_prime = 1099511628211u;

/// FNV-1a over texts, one after the other.
class Digest {
public:
  void add(std::string_view text) noexcept {
    for (const auto c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * fnv_prime;
  }
  void end_text() noexcept { value_ *= fnv_prime; }

  std::string in_hex() const {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[value_ >> shift & 15];
    return text;
  }

private:
  std::uint64_t value_ = 14695981039346656037u;
};

bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

} // namespace

void CallIds::take(Block& call, std::string_view answer, std::int64_t choice) {
  ++calls_;
  if (!call.id.empty() && given_.insert(call.id).second) return;
  Digest digest;
  for (const auto& text : {std::string{answer}, std::to_string(choice), std::to_string(calls_)}) {
    digest.add(text);
    digest.end_text();
  }
  digest.add(call.name);
  digest.end_text();
  digest.add(call.arguments);
  digest.end_text();
  call.id = "call_" + digest.in_hex();
  given_.insert(call.id);
}

std::string plain_call_id(std::string_view id) {
  std::string plain{id};
  std::ranges::replace_if(
    plain, [](char c) { return !is_alphanumeric(c) && c != '_' && c != '-'; }, '_');
  if (plain == id && !id.empty() && id.size() <= call_id_bytes_max) return plain;
  Digest digest;
  digest.add(id);
  const auto end = "_" + digest.in_hex();
  plain.resize(std::min(plain.size(), call_id_bytes_max - end.size()));
  return plain + end;
}

std::string short_call_id(std::string_view id, std::size_t length) {
  if (id.size() == length && std::ranges::all_of(id, is_alphanumeric)) return std::string{id};
  Digest digest;
  digest.add(id);
  return digest.in_hex().substr(0, length);
}

} // namespace gateway
