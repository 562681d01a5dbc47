#pragma once

#include "net/base/header.hpp"
#include "net/base/json_text.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

/// The header fields of one message; owns the values, so that nobody has to keep them alive.
/// Names are literals or the configuration's, which outlives the message.
class HeaderList {
public:
  /// Few messages have more fields, and so few take nothing from the heap for them.
  static constexpr std::size_t fields_inside = 16;
  using Fields = boost::container::small_vector<Header, fields_inside>;

  /// The value is taken as it is: whoever writes the head lets no control character through.
  void add(std::string_view name, std::string_view value) { places_.push_back(place(name, value)); }
  void add(std::string_view name, std::int64_t value) {
    const auto begin = values_.size();
    append_number(values_, value);
    places_.push_back({name, begin, values_.size() - begin});
  }
  /// Replaces the field of that name.
  void set(std::string_view name, std::string_view value) {
    const auto placed = place(name, value);
    for (auto& known : places_) {
      if (!same_ignoring_case(known.name, name)) continue;
      known.begin = placed.begin;
      known.bytes = placed.bytes;
      return;
    }
    places_.push_back(placed);
  }

  /// Views that hold until the list changes or moves.
  Fields all() const {
    Fields fields;
    for (const auto& field : places_)
      fields.push_back({field.name, std::string_view{values_}.substr(field.begin, field.bytes)});
    return fields;
  }

private:
  struct Place {
    std::string_view name;
    std::size_t begin;
    std::size_t bytes;
  };

  Place place(std::string_view name, std::string_view value) {
    constexpr std::size_t usual = 240;
    if (values_.empty()) values_.reserve(usual);
    const Place placed{name, values_.size(), value.size()};
    values_ += value;
    return placed;
  }

  std::string values_;
  boost::container::small_vector<Place, fields_inside> places_;
};

} // namespace gateway
