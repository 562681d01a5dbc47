#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway {

/// A string's hash that a string_view finds as well, without a copy.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};

constexpr std::string_view other_name = "(other)";

/// Small numbers for names, given at first sight and kept for the life of the process.
class NameIds {
public:
  static constexpr std::size_t names_max = 10'000; // one more counts as other_name

  std::uint32_t of(std::string_view name) {
    if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
    if (names_.size() >= names_max && name != other_name) return of(other_name);
    const auto id = static_cast<std::uint32_t>(names_.size());
    const auto made = ids_.emplace(name, id).first;
    names_.push_back(&made->first);
    announced_.push_back(false);
    return id;
  }

  /// As `of`, for a name that somebody asks about: none is made for it.
  const std::uint32_t* find(std::string_view name) const {
    const auto known = ids_.find(name);
    return known == ids_.end() ? nullptr : &known->second;
  }

  /// True the first time: nobody was told of this number yet.
  bool announce(std::uint32_t id) {
    const bool is_new = !announced_[id];
    announced_[id] = true;
    return is_new;
  }

  const std::string& name(std::uint32_t id) const { return *names_[id]; }
  std::size_t size() const noexcept { return names_.size(); }

private:
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> ids_;
  std::vector<const std::string*> names_; // by number; a map's keys stay where they are
  std::vector<bool> announced_;
};

} // namespace gateway
