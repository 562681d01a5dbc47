#include "actors/quota/quota.hpp"

#include <algorithm>
#include <charconv>

namespace gateway {
namespace {

/// FNV-1a; then mixed, so that both halves of a key depend on every byte.
template <class Bytes>
std::uint64_t digest(const Bytes& bytes, std::uint64_t seed) noexcept {
  auto sum = seed;
  for (const auto c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  sum ^= sum >> 33U;
  sum *= 0xff51afd7ed558ccdU;
  return sum ^ sum >> 29U;
}

} // namespace

QuotaUnit quota_unit(LimitUnit unit) noexcept {
  switch (unit) {
  case LimitUnit::requests: return QuotaUnit::requests;
  case LimitUnit::tokens: return QuotaUnit::tokens;
  case LimitUnit::input_tokens: return QuotaUnit::input_tokens;
  case LimitUnit::output_tokens: return QuotaUnit::output_tokens;
  case LimitUnit::concurrency: return QuotaUnit::concurrency;
  }
  return QuotaUnit::requests;
}

std::string_view name_of(QuotaUnit unit) noexcept {
  switch (unit) {
  case QuotaUnit::requests: return "requests";
  case QuotaUnit::tokens: return "tokens";
  case QuotaUnit::input_tokens: return "input_tokens";
  case QuotaUnit::output_tokens: return "output_tokens";
  case QuotaUnit::concurrency: return "concurrency";
  case QuotaUnit::nano_dollars: return "nano_dollars";
  }
  return "requests";
}

bool QuotaShare::is_gone(std::uint32_t member) const noexcept {
  return member < known && !std::ranges::binary_search(members, member);
}

bool takes_place_of(const QuotaSpec& spec, const QuotaSpec& removed) noexcept {
  if (!spec.share || !removed.share || !removed.share->removed_in) return false;
  return spec.owner == removed.owner && spec.unit == removed.unit && !spec.share->removed_in
    && spec.share->added_in >= *removed.share->removed_in;
}

QuotaKey key_of(const QuotaSpec& spec) noexcept {
  auto text = spec.owner + '\n' + spec.name + '\n' + std::string{name_of(spec.unit)} + '\n'
    + std::to_string(spec.window.count());
  if (is_calendar(spec))
    text += '\n' + std::to_string(static_cast<int>(spec.kind)) + '\n' + spec.day;
  if (spec.incarnation > 0) text += "\nagain " + std::to_string(spec.incarnation);
  const auto low = digest(text, 0xcbf29ce484222325U);
  std::reverse(text.begin(), text.end());
  return {digest(text, 0x84222325cbf29ce4U), low};
}

std::string to_text(QuotaKey key) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const auto half : {key.high, key.low})
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[half >> shift & 15U];
  return text;
}

std::optional<QuotaKey> quota_key_from(std::string_view text) noexcept {
  if (text.size() != 32) return std::nullopt;
  QuotaKey key;
  for (auto* half : {&key.high, &key.low}) {
    const auto* end = text.data() + 16;
    const auto read = std::from_chars(text.data(), end, *half, 16);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    text.remove_prefix(16);
  }
  return key;
}

bool is_calendar(const QuotaSpec& spec) noexcept {
  return spec.kind != WindowKind::sliding && spec.day != "rolling"
    && spec.unit != QuotaUnit::concurrency;
}

Nanoseconds window_of(const QuotaSpec& spec) noexcept {
  if (spec.unit == QuotaUnit::concurrency) return Nanoseconds{0};
  // The longest there is: a day in which the clock is put back has an hour more.
  const Nanoseconds extra = is_calendar(spec) ? 1h : 0h;
  switch (spec.kind) {
  case WindowKind::sliding: return spec.window;
  case WindowKind::day: return 24h + extra;
  case WindowKind::week: return 7 * 24h + extra;
  case WindowKind::month: return 31 * 24h + extra;
  }
  return spec.window;
}

bool is_long(const QuotaSpec& spec) noexcept {
  return window_of(spec) > long_window;
}

std::vector<QuotaSpec> quotas_of(const QuotaOwner& owner, std::span<const LimitConfig> limits) {
  std::vector<QuotaSpec> specs;
  for (const auto& limit : limits) {
    QuotaSpec spec;
    spec.owner = owner.owner;
    spec.name = limit.name;
    spec.unit = quota_unit(limit.unit);
    spec.limit = limit.limit;
    spec.window = limit.window;
    spec.kind = limit.kind;
    spec.day = owner.day;
    spec.count_delay = owner.count_delay;
    spec.counts_reserved = owner.counts_reserved;
    spec.longest_call = owner.longest_call;
    specs.push_back(std::move(spec));
  }
  return specs;
}

QuotaOwnerName quota_owner_of(std::string_view owner) {
  constexpr std::string_view provider = "provider/";
  constexpr std::string_view model = "/model/";
  if (!owner.starts_with(provider)) return {std::string{owner}, ""};
  owner.remove_prefix(provider.size());
  // A provider's name holds no slash; a model's may.
  const auto at = owner.find(model);
  if (at == std::string_view::npos) return {std::string{owner}, ""};
  return {std::string{owner.substr(0, at)}, std::string{owner.substr(at + model.size())}};
}

} // namespace gateway
