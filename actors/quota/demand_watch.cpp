#include "actors/quota/demand_watch.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr Nanoseconds soon = 500ms;
constexpr Nanoseconds dearest_kept = 1min;
// The steady need has a tenth more, so that what is on its way does not make calls wait.
constexpr std::int64_t tenths_more = 11;
constexpr std::size_t needs_told = 16; // PairMessage::needs_max

} // namespace

DemandWatch::DemandWatch(Instant now) noexcept : rate_(now), minute_(now) {}

void DemandWatch::note(const Asker& asker, std::int64_t amount, Instant now) {
  if (asker.again) return;
  rate_.note(amount);
  if (now - minute_ >= dearest_kept) {
    dearest_before_ = now - minute_ < 2 * dearest_kept ? dearest_ : 1;
    dearest_ = 1;
    minute_ = now;
  }
  dearest_ = std::max(dearest_, amount);
}

void DemandWatch::admitted(const Asker& asker, std::int64_t amount, Instant now) {
  note(asker, amount, now);
  if (!waiting_.empty())
    std::erase_if(waiting_, [&](const Waiting& one) { return one.call == asker.call; });
}

void DemandWatch::refused(const Asker& asker, std::int64_t amount, Instant now) {
  note(asker, amount, now);
  if (asker.call == nullptr) return;
  const auto found = std::ranges::find(waiting_, asker.call, &Waiting::call);
  if (found == waiting_.end())
    waiting_.push_back({asker.call, amount, asker.behind, now});
  else
    *found = {asker.call, amount, asker.behind, now};
}

ShareDemand DemandWatch::demand(Nanoseconds held, Instant now) {
  std::erase_if(waiting_, [&](const Waiting& one) { return now - one.asked > forgotten_after; });
  ShareDemand demand;
  for (const auto& one : waiting_) {
    demand.waiting += one.amount * (1 + std::int64_t{one.behind});
    for (std::uint32_t i = 0; i <= one.behind && demand.needs.size() < needs_told; ++i)
      demand.needs.push_back(one.amount);
  }
  demand.steady = rate_.within(held, now) * tenths_more / 10;
  demand.soon = rate_.within(soon, now);
  demand.typical = std::max(dearest_, dearest_before_);
  return demand;
}

} // namespace gateway
