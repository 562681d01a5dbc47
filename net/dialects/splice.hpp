#pragma once

#include "net/dialects/dialect.hpp"

#include <boost/container/small_vector.hpp>

#include <span>
#include <string>
#include <string_view>

namespace gateway {

/// Changes to a JSON text at places of its own; what lies between them is borrowed, never copied.
/// The changes must not overlap; their order does not matter, but for two at the same place.
class Splice {
public:
  explicit Splice(std::string_view text) : text_(text) {}

  void replace(std::size_t begin, std::size_t end, std::string with);
  /// Takes fields out of an object, and the commas that would be too many.
  /// `fields` are all of that object's, in order.
  void cut(std::span<const BodyField> fields, std::span<const bool> is_cut);
  bool empty() const noexcept { return changes_.empty(); }

  /// The text with all changes. It outlives the body.
  void write(Body& body) &&;
  std::string text() &&;

private:
  struct Change {
    std::size_t begin;
    std::size_t end;
    std::string with;
  };
  void sort();

  std::string_view text_;
  boost::container::small_vector<Change, 8> changes_;
};

/// `"name":`, as it stands in an object.
std::string json_name(std::string_view name);

} // namespace gateway
