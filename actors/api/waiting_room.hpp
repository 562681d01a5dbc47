#pragma once

#include "actors/runtime/unit.hpp"
#include "net/base/time.hpp"
#include "net/http/deadlines.hpp"

#include <coroutine>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace gateway {

/// Where requests of one thread wait for quota (`queue_ms`), first come, first served per model
/// name: only the first of a line asks again when a permit may be free; the others wait for it.
/// Thread: its io thread.
class WaitingRoom {
public:
  static constexpr std::size_t line_max = 10'000; // per name; one more is refused at once

  /// One request's place; leaves the line when it ends and lets the next one step forward.
  class Place {
  public:
    Place(WaitingRoom& room, Unit& unit, std::string name);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    bool is_first() const noexcept;
    std::uint32_t behind() const noexcept; // how many stand behind this one

    /// Ends at `until`, or as soon as this place becomes the first of its line.
    struct Wait {
      Place& place;
      Instant until;
      bool await_ready() const noexcept { return until <= BootClock::now(); }
      void await_suspend(std::coroutine_handle<> waiting);
      void await_resume() noexcept { place.deadline_.disarm(); }
    };
    Wait wait_until(Instant until) { return {*this, until}; }

    /// Ends a wait at once: the client has gone. Safe where nothing waits.
    void wake();

  private:
    friend class WaitingRoom;
    WaitingRoom& room_;
    Unit& unit_;
    std::string name_;
    std::coroutine_handle<> waiting_;
    Deadline deadline_;
  };

  bool is_full(const std::string& name) const {
    const auto line = lines_.find(name);
    return line != lines_.end() && line->second.size() >= line_max;
  }
  bool somebody_waits(const std::string& name) const { return lines_.contains(name); }

private:
  std::unordered_map<std::string, std::deque<Place*>> lines_;
};

} // namespace gateway
