#pragma once

#include "net/base/header.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace gateway {

/// The header fields of one message; owns the values, so that nobody has to keep them alive.
/// Names are literals or the configuration's, which outlives the message. Values are taken as they
/// are: whoever writes the head lets no control character through.
class HeaderList {
public:
  HeaderList() = default;
  HeaderList(HeaderList&&) noexcept = default;
  HeaderList& operator=(HeaderList&&) noexcept = default;

  void add(std::string_view name, std::string_view value) {
    fields_.push_back({name, keep(value)});
  }
  void add(std::string_view name, std::int64_t value) {
    char digits[24];
    const auto* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    add(name, std::string_view{digits, static_cast<std::size_t>(end - digits)});
  }
  /// Replaces the field of that name, or adds it.
  void set(std::string_view name, std::string_view value) {
    const auto known = std::ranges::find_if(
      fields_, [&](const Header& field) { return same_ignoring_case(field.name, name); });
    if (known == fields_.end()) return add(name, value);
    known->value = keep(value);
  }

  /// Views that hold until the next `add` or `set`, and wherever the list moves to.
  std::span<const Header> all() const noexcept { return fields_; }

private:
  /// Copies a value behind those that are there; the views into them follow when they move.
  std::string_view keep(std::string_view value) {
    if (value.size() > room_ - used_) grow(value.size());
    char* begin = values_.get() + used_;
    if (!value.empty()) std::memcpy(begin, value.data(), value.size());
    used_ += value.size();
    return {begin, value.size()};
  }

  void grow(std::size_t bytes) {
    constexpr std::size_t usual = 256;
    const auto room = std::max(usual, 2 * (used_ + bytes));
    auto larger = std::make_unique_for_overwrite<char[]>(room);
    if (used_ > 0) std::memcpy(larger.get(), values_.get(), used_);
    for (auto& field : fields_)
      field.value = {larger.get() + (field.value.data() - values_.get()), field.value.size()};
    values_ = std::move(larger);
    room_ = room;
  }

  // Few messages have more fields, and so few take nothing from the heap for them.
  boost::container::small_vector<Header, 16> fields_;
  std::unique_ptr<char[]> values_;
  std::size_t room_ = 0;
  std::size_t used_ = 0;
};

} // namespace gateway
