#include "net/http/server.hpp"

#include "net/http/front.hpp"

#include <utility>

namespace gateway {

Server::Server(HttpLimits limits) : limits_(limits) {}

Server::~Server() = default;

Result<void>
Server::bind(const Listen& where, std::size_t threads, std::shared_ptr<TlsServer> tls) {
  auto opened = Listener::open(where, threads, limits_.listen_queue, std::move(tls));
  if (!opened) return fail(std::move(opened.error()));
  listeners_.push_back(*std::move(opened));
  while (fronts_.size() < threads) fronts_.push_back(std::make_unique<Front>(limits_, fronts_));
  return {};
}

std::vector<std::string> Server::addresses() const {
  std::vector<std::string> addresses;
  addresses.reserve(listeners_.size());
  for (const auto& listener : listeners_) addresses.push_back(listener->address());
  return addresses;
}

void Server::serve(IoThread& thread, std::size_t index, Handler& handler) {
  auto& front = *fronts_[index];
  front.serve(thread, handler);
  for (auto& listener : listeners_) front.open(*listener, index);
}

void Server::stop_accepting(std::size_t index) {
  fronts_[index]->drain();
}

void Server::abort_all(std::size_t index) {
  fronts_[index]->abort_all();
}

bool Server::is_quiet() const noexcept {
  for (const auto& front : fronts_)
    if (front->counts().open_doors.load(std::memory_order_relaxed) != 0) return false;
  return connections() == 0;
}

std::size_t Server::connections() const noexcept {
  std::size_t sum = 0;
  for (const auto& front : fronts_)
    sum += front->counts().connections.load(std::memory_order_relaxed);
  return sum;
}

std::size_t Server::requests_in_flight() const noexcept {
  std::size_t sum = 0;
  for (const auto& front : fronts_)
    sum += front->counts().requests_in_flight.load(std::memory_order_relaxed);
  return sum;
}

} // namespace gateway
