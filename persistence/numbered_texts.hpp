#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gateway {

/// Texts and their numbers, given out from 0 in the order in which they came.
class NumberedTexts {
public:
  std::uint32_t number_of(std::string_view text) {
    if (const auto found = numbers_.find(text); found != numbers_.end()) return found->second;
    const auto number = static_cast<std::uint32_t>(texts_.size());
    numbers_.emplace(texts_.emplace_back(text), number);
    return number;
  }
  const std::string& text(std::uint32_t number) const noexcept { return texts_[number]; }
  std::size_t size() const noexcept { return texts_.size(); }

private:
  std::deque<std::string> texts_; // they stay where they are: the map looks at them
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

} // namespace gateway
