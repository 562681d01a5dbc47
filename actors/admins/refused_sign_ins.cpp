#include "actors/admins/refused_sign_ins.hpp"

#include <utility>

namespace gateway {

void RefusedSignIns::add(std::string_view client) {
  ++count_;
  last_ = client;
  if (clients_.size() < clients_named_max) clients_.emplace(client);
}

std::optional<RefusedSignIns::Sum> RefusedSignIns::take_due(Instant now) {
  if (count_ == 0 || now < next_) return std::nullopt;
  Sum sum{"refused a sign-in", std::move(last_)};
  if (count_ > 1) {
    sum.text = "refused " + std::to_string(count_) + " sign-ins";
    if (clients_.size() > 1) sum.text += " from " + std::to_string(clients_.size()) + " addresses";
  }
  count_ = 0;
  clients_.clear();
  last_.clear();
  next_ = now + told_every;
  return sum;
}

std::optional<Instant> RefusedSignIns::due() const noexcept {
  return count_ == 0 ? std::nullopt : std::optional{next_};
}

} // namespace gateway
