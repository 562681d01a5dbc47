#include "net/upstream/connections.hpp"

#include <poll.h>

namespace gateway {
namespace {

/// How often idle connections are looked through for those that have ended.
constexpr Milliseconds sweep_time{1'000};
/// One that was idle for less is taken without a look at it: under load that look would be a
/// system call per request, and at that age it hardly ever finds anything.
constexpr Milliseconds fresh_time{10};
/// How long before the provider's own end of patience a connection is let go: a request sent at
/// that moment would be lost, and a lost one may have been counted.
constexpr Milliseconds patience_margin{1'000};

} // namespace

Connections::Connections(
  IoThread& thread, Origin origin, std::shared_ptr<TlsRoots> roots, UpstreamPool::Bounds bounds)
    : thread_(thread), origin_(std::move(origin)), roots_(std::move(roots)), bounds_(bounds),
      next_sweep_(
        [](void* self) noexcept {
          auto& connections = *static_cast<Connections*>(self);
          connections.thread_.post([weak = connections.weak_from_this()] {
            if (const auto alive = weak.lock()) alive->sweep(BootClock::now());
          });
        },
        this) {}

std::unique_ptr<Stream> Connections::take(Instant now) {
  while (!idle_.empty()) {
    auto newest = std::move(idle_.back());
    idle_.pop_back();
    if (now < newest.until && (now - newest.since < fresh_time || !newest.stream->is_stale()))
      return std::move(newest.stream);
    newest.stream->close();
  }
  return nullptr;
}

void Connections::give_back(
  std::unique_ptr<Stream> stream, Instant now, std::optional<std::chrono::seconds> idle_time) {
  auto kept = Milliseconds{bounds_.idle_time};
  if (idle_time) kept = std::min(kept, Milliseconds{*idle_time} - patience_margin);
  if (retired_ || kept <= Milliseconds{0} || bounds_.idle_max == 0) return stream->close();
  if (idle_.size() >= bounds_.idle_max) {
    idle_.front().stream->close();
    idle_.erase(idle_.begin());
  }
  stream->no_deadline();
  idle_.push_back({std::move(stream), now, now + kept});
  if (!next_sweep_.armed()) sweep_later(now);
}

void Connections::close_idle() {
  for (auto& idle : idle_) idle.stream->close();
  idle_.clear();
}

void Connections::retire() {
  retired_ = true;
  next_sweep_.disarm();
  close_idle();
}

void Connections::sweep(Instant now) {
  std::vector<pollfd> asked;
  asked.reserve(idle_.size());
  for (auto& idle : idle_) asked.push_back({idle.stream->native_handle(), POLLIN | POLLRDHUP, 0});
  // Whatever an idle connection has to tell, nobody asked for it. Where poll fails, nothing has.
  if (!asked.empty()) ::poll(asked.data(), asked.size(), 0);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < idle_.size(); ++i) {
    if (asked[i].revents != 0 || now >= idle_[i].until)
      idle_[i].stream->close();
    else
      std::swap(idle_[kept++], idle_[i]);
  }
  idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(kept), idle_.end());
  if (!idle_.empty()) sweep_later(now);
}

void Connections::sweep_later(Instant now) noexcept {
  thread_.deadlines().arm(next_sweep_, now + sweep_time);
}

UpstreamPool::UpstreamPool(IoThread& thread, Origin origin, std::shared_ptr<TlsRoots> roots)
    : UpstreamPool(thread, std::move(origin), std::move(roots), Bounds{}) {}

UpstreamPool::UpstreamPool(
  IoThread& thread, Origin origin, std::shared_ptr<TlsRoots> roots, Bounds bounds)
    : connections_(
      std::make_shared<Connections>(thread, std::move(origin), std::move(roots), bounds)) {}

UpstreamPool::~UpstreamPool() {
  connections_->retire();
}

const Origin& UpstreamPool::origin() const noexcept {
  return connections_->origin();
}

std::size_t UpstreamPool::idle() const noexcept {
  return connections_->idle();
}

void UpstreamPool::close_idle() {
  connections_->close_idle();
}

} // namespace gateway
