#include "actors/api/waiting_room.hpp"

#include <algorithm>
#include <utility>

namespace gateway {

WaitingRoom::Place::Place(WaitingRoom& room, Unit& unit, std::string name)
    : room_(room), unit_(unit), name_(std::move(name)),
      deadline_([](void* self) noexcept { static_cast<Place*>(self)->wake(); }, this) {
  room_.lines_[name_].push_back(this);
}

WaitingRoom::Place::~Place() {
  const auto line = room_.lines_.find(name_);
  auto& places = line->second;
  const bool was_first = places.front() == this;
  std::erase(places, this);
  if (places.empty())
    room_.lines_.erase(line);
  else if (was_first)
    places.front()->wake();
}

bool WaitingRoom::Place::is_first() const noexcept {
  return room_.lines_.find(name_)->second.front() == this;
}

std::uint32_t WaitingRoom::Place::behind() const noexcept {
  const auto& places = room_.lines_.find(name_)->second;
  const auto from = std::ranges::find(places, this);
  return static_cast<std::uint32_t>(places.end() - from - 1);
}

void WaitingRoom::Place::Wait::await_suspend(std::coroutine_handle<> waiting) {
  place.waiting_ = waiting;
  place.unit_.thread().deadlines().arm(place.deadline_, until);
}

void WaitingRoom::Place::wake() {
  deadline_.disarm();
  if (waiting_) unit_.make_ready(std::exchange(waiting_, nullptr));
}

} // namespace gateway
