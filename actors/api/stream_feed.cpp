#include "actors/api/stream_feed.hpp"

#include <sys/socket.h>

namespace gateway {
namespace {

// A little less than a second, as ticks are a little late.
constexpr Milliseconds slow_every{900};

} // namespace

std::shared_ptr<StreamFeed::Channel>
StreamFeed::channel(const ViewScope& scope, const std::string& epoch) {
  auto& channel = channels_[scope];
  if (!channel || channel->ring.epoch() != epoch)
    channel = std::make_shared<Channel>(Channel{EventRing{epoch}, {}});
  return channel;
}

bool StreamFeed::covers(const ViewScope& scope, const StreamPosition& position) const {
  const auto known = channels_.find(scope);
  return known != channels_.end() && known->second->ring.covers(position);
}

void StreamFeed::take(const LiveNotice& notice) {
  const auto known = channels_.find(notice.scope);
  // The dashboard's answer to a browser may be ahead of what it told: then this is of an epoch that
  // is over.
  if (known != channels_.end() && known->second->ring.epoch() != notice.epoch) return;
  if (notice.is_last) {
    if (known != channels_.end()) channels_.erase(known);
    return;
  }
  const auto now = BootClock::now();
  const auto told = channel(notice.scope, notice.epoch);
  told->ring.add(notice, now);
  if (notice.events.empty()) return;
  const bool wakes_slow = now >= told->slow_due;
  if (wakes_slow) told->slow_due = now + slow_every;
  for (auto* reader : readers_)
    if (reader->channel_ == told && (wakes_slow || !reader->is_slow_)) reader->stand_in_line();
}

void StreamFeed::await_call() {
  if (is_call_awaited_ || line_.is_empty()) return;
  is_call_awaited_ = true;
  timer_.set(line_.due());
}

void StreamFeed::call() {
  is_call_awaited_ = false;
  for (auto* reader : line_.call()) {
    reader->is_in_line_ = false;
    reader->wake();
  }
  await_call();
}

void StreamFeed::close() {
  is_closed_ = true;
  for (auto* reader : readers_) {
    // Who is in the middle of a write, to a browser that takes nothing, hears of it there.
    if (!reader->waiting_) ::shutdown(reader->socket_, SHUT_RDWR);
    reader->wake();
  }
}

StreamFeed::Reader::Reader(
  StreamFeed& feed, std::shared_ptr<Channel> channel, bool is_slow, int socket)
    : feed_(feed), channel_(std::move(channel)), is_slow_(is_slow), socket_(socket),
      place_(feed.readers_.size()),
      deadline_([](void* self) noexcept { static_cast<Reader*>(self)->stand_in_line(); }, this) {
  feed_.readers_.push_back(this);
}

StreamFeed::Reader::~Reader() {
  if (is_in_line_) feed_.line_.leave(*this);
  auto* const last = feed_.readers_.back();
  feed_.readers_[place_] = last;
  last->place_ = place_;
  feed_.readers_.pop_back();
}

void StreamFeed::Reader::Wait::await_suspend(std::coroutine_handle<> waiting) {
  reader.waiting_ = waiting;
  reader.feed_.unit_.thread().deadlines().arm(reader.deadline_, until);
}

// Who is in the middle of a write looks at the ring behind it anyway.
void StreamFeed::Reader::stand_in_line() {
  if (!waiting_ || is_in_line_) return;
  is_in_line_ = true;
  feed_.line_.join(*this, BootClock::now());
  feed_.await_call();
}

void StreamFeed::Reader::wake() {
  deadline_.disarm();
  if (waiting_) feed_.unit_.make_ready(std::exchange(waiting_, nullptr));
}

} // namespace gateway
