#include "net/dialects/call_ids.hpp"

namespace gateway {

void CallIds::take(Block& call, std::string_view answer, std::int64_t choice) {
  ++calls_;
  if (!call.id.empty() && given_.insert(call.id).second) return;
  std::uint64_t digest = 14695981039346656037u; // FNV-1a
  const auto add = [&](std::string_view text) {
    for (const auto c : text) digest = (digest ^ static_cast<unsigned char>(c)) * 1099511628211u;
    digest *= 1099511628211u; // where one text ends
  };
  add(answer);
  add(std::to_string(choice));
  add(std::to_string(calls_));
  add(call.name);
  add(call.arguments);
  constexpr char digits[] = "0123456789abcdef";
  call.id = "call_";
  for (int shift = 60; shift >= 0; shift -= 4) call.id += digits[digest >> shift & 15];
  given_.insert(call.id);
}

} // namespace gateway
