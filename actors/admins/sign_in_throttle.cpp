#include "actors/admins/sign_in_throttle.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace gateway {

std::optional<Milliseconds> SignInThrottle::wait(std::string_view client, Instant now) const {
  const auto network = client_network(client);
  const auto found = clients_.find(network);
  auto own = found == clients_.end() ? std::nullopt : found->second.wait(now);
  if (own || is_known(network, now)) return own;
  return all_.wait(now);
}

void SignInThrottle::failed(std::string_view client, Instant now) {
  std::erase_if(clients_, [&](const auto& entry) { return entry.second.is_full(now); });
  // Everybody together is slower than this table fills: only known ones could ever fill it.
  if (clients_.size() >= clients_max) clients_.erase(clients_.begin());
  const auto network = client_network(client);
  clients_.try_emplace(network, client_at_once, client_one_in).first->second.take(now);
  if (!is_known(network, now)) all_.take(now);
}

void SignInThrottle::succeeded(std::string_view client, Instant now) {
  known_[client_network(client)] = now;
  if (known_.size() <= known_max) return;
  const auto by_time = [](const auto& a, const auto& b) { return a.second < b.second; };
  known_.erase(std::ranges::min_element(known_, by_time));
}

bool SignInThrottle::is_known(const std::string& client, Instant now) const {
  const auto found = known_.find(client);
  return found != known_.end() && now - found->second < known_for;
}

std::string client_network(std::string_view address) {
  const std::string text{address};
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, text.c_str(), &parsed) != 1) return text;
  char network[INET6_ADDRSTRLEN] = {};
  if (IN6_IS_ADDR_V4MAPPED(&parsed))
    ::inet_ntop(AF_INET, &parsed.s6_addr[12], network, sizeof network);
  else {
    std::memset(&parsed.s6_addr[8], 0, 8);
    ::inet_ntop(AF_INET6, &parsed, network, sizeof network);
  }
  return network;
}

} // namespace gateway
