#include "net/http/io_thread.hpp"

#include <poll.h>

namespace gateway {

PeerWatch::PeerWatch(IoThread& thread, int socket, Gone gone, void* owner)
    : thread_(thread), socket_(socket), gone_(gone), owner_(owner), place_(thread.watches_.size()) {
  thread_.watches_.push_back(this);
}

PeerWatch::~PeerWatch() {
  auto& watches = thread_.watches_;
  watches[place_] = watches.back();
  watches[place_]->place_ = place_;
  watches.pop_back();
}

IoThread::IoThread(std::size_t number) : number_(number) {}

IoThread::~IoThread() = default;

void IoThread::start_ticking() {
  ticking_ = true;
  timer_.expires_after(Deadlines::tick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && ticking_) on_tick();
  });
}

void IoThread::stop_ticking() {
  ticking_ = false;
  timer_.cancel();
}

void IoThread::on_tick() {
  constexpr unsigned ticks_between_looks = 10;
  deadlines_.sweep(BootClock::now());
  if (++ticks_ % ticks_between_looks == 0) look_for_gone_peers();
  if (ticking_) start_ticking();
}

void IoThread::look_for_gone_peers() {
  if (watches_.empty()) return;
  std::vector<pollfd> asked;
  asked.reserve(watches_.size());
  for (const auto* watch : watches_) asked.push_back({watch->socket_, POLLRDHUP, 0});
  if (::poll(asked.data(), asked.size(), 0) <= 0) return;
  // Told backwards: a watch that ends itself while being told moves only what was told already.
  for (auto i = asked.size(); i-- > 0;)
    if ((asked[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0 && i < watches_.size())
      watches_[i]->gone_(watches_[i]->owner_);
}

} // namespace gateway
