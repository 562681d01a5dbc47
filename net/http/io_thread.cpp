#include "net/http/io_thread.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

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

IoThread::~IoThread() {
  if (!aside_) return;
  aside_->stop(); // what has not begun is of no use any more
  aside_->join();
}

void IoThread::run_aside(Task task) {
  if (!aside_) aside_ = std::make_unique<boost::asio::thread_pool>(1);
  boost::asio::post(*aside_, std::move(task));
}

void IoThread::start_ticking() {
  tick_.set(BootClock::now() + Deadlines::tick);
}

void IoThread::stop_ticking() {
  tick_.cancel();
}

void IoThread::on_tick() {
  constexpr unsigned ticks_between_looks = 10;
  start_ticking(); // before what follows: an expiry may stop it
  deadlines_.sweep(BootClock::now());
  if (++ticks_ % ticks_between_looks == 0) look_for_gone_peers();
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
