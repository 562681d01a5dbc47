#pragma once

#include "net/base/header.hpp"
#include "net/base/json_text.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// The header fields of one answer; owns the values, so that nobody has to keep them alive.
class HeaderList {
public:
  HeaderList() { values_.reserve(512); }

  /// `name` is a literal. A value with control characters is left out: it would split the head.
  void add(std::string_view name, std::string_view value) {
    for (const char c : value)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return;
    fields_.push_back({name, values_.size(), value.size()});
    values_ += value;
  }
  void add(std::string_view name, std::int64_t value) {
    const auto begin = values_.size();
    append_number(values_, value);
    fields_.push_back({name, begin, values_.size() - begin});
  }

  /// Views that hold until the next `add`.
  std::vector<Header> all() const {
    std::vector<Header> headers;
    headers.reserve(fields_.size());
    for (const auto& field : fields_)
      headers.push_back({field.name, std::string_view{values_}.substr(field.begin, field.bytes)});
    return headers;
  }

private:
  struct Field {
    std::string_view name;
    std::size_t begin;
    std::size_t bytes;
  };
  std::string values_;
  std::vector<Field> fields_;
};

} // namespace gateway
