#include "actors/cluster/contact.hpp"

#include "actors/quota/permit_layout.hpp"

#include <algorithm>
#include <functional>

namespace gateway {

std::optional<Instant> contact_at(
  const ContactTerms& terms, std::uint32_t self, const std::map<std::uint32_t, Instant>& echoed) {
  std::vector<Instant> sent;
  for (const auto voter : terms.voters) {
    const auto known = echoed.find(voter);
    if (voter == self)
      sent.push_back(Instant::max());
    else if (known != echoed.end())
      sent.push_back(known->second);
  }
  const auto most = terms.voters.size() / 2 + 1;
  if (sent.size() < most) return std::nullopt;
  std::ranges::sort(sent, std::greater{});
  return sent[most - 1];
}

std::optional<Instant>
stopped_by(std::span<const ContactTerms> terms, const std::map<std::uint32_t, Instant>& heard) {
  std::optional<Instant> by;
  for (const auto& [since, voters, silence] : terms) {
    if (!silence) return std::nullopt;
    std::vector<Instant> last;
    for (const auto voter : voters)
      if (const auto known = heard.find(voter); known != heard.end()) last.push_back(known->second);
    // Without these there is no majority; itself it hears, whatever it hears of others.
    const auto enough = (voters.size() + 1) / 2;
    if (last.size() < enough) return std::nullopt;
    std::ranges::sort(last);
    const auto until = last[enough - 1] + stretched(*silence);
    by = by ? std::max(*by, until) : until;
  }
  return by;
}

} // namespace gateway
