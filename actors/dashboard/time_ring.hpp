#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gateway {

/// Cells of the newest `size` steps of time, each known by its number (seconds since 1970, say).
/// A cell that was not touched in its step is not there: a clock that is set changes nothing else.
template <class Cell, std::size_t size>
class TimeRing {
public:
  /// The cell of that step; begun anew where its place holds another.
  Cell& at(std::int64_t number) {
    auto& place = places_[index(number)];
    if (place.number != number) place = {number, Cell{}};
    return place.cell;
  }
  const Cell* find(std::int64_t number) const noexcept {
    const auto& place = places_[index(number)];
    return place.number == number ? &place.cell : nullptr;
  }

private:
  struct Place {
    std::int64_t number = -1;
    Cell cell{};
  };
  static std::size_t index(std::int64_t number) noexcept {
    return static_cast<std::size_t>(number) % size;
  }
  std::array<Place, size> places_;
};

} // namespace gateway
