#include "net/dialects/call_ids.hpp"

#include <algorithm>

namespace gateway {
namespace {

bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

} // namespace

std::uint64_t digest_of(std::string_view text, std::uint64_t begun) noexcept {
  for (const auto c : text) begun = (begun ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return begun;
}

std::string hex_of(std::uint64_t number) {
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (int shift = 60; shift >= 0; shift -= 4) hex += digits[number >> shift & 15];
  return hex;
}

void CallIds::take(Block& call, std::string_view answer, std::int64_t choice) {
  ++calls_;
  if (!call.id.empty() && given_.insert(call.id).second) return;
  auto digest = digest_of({});
  const auto add = [&](std::string_view text) {
    constexpr std::string_view end{"\0", 1};
    digest = digest_of(end, digest_of(text, digest));
  };
  add(answer);
  add(std::to_string(choice));
  add(std::to_string(calls_));
  add(call.name);
  add(call.arguments);
  call.id = "call_" + hex_of(digest);
  given_.insert(call.id);
}

std::string plain_call_id(std::string_view id) {
  std::string plain{id};
  std::ranges::replace_if(
    plain, [](char c) { return !is_alphanumeric(c) && c != '_' && c != '-'; }, '_');
  if (plain == id && !id.empty() && id.size() <= call_id_bytes_max) return plain;
  const auto end = "_" + hex_of(digest_of(id));
  plain.resize(std::min(plain.size(), call_id_bytes_max - end.size()));
  return plain + end;
}

std::string short_call_id(std::string_view id, std::size_t length) {
  if (id.size() == length && std::ranges::all_of(id, is_alphanumeric)) return std::string{id};
  return hex_of(digest_of(id)).substr(0, length);
}

} // namespace gateway
