#pragma once

#include "actors/config/json_node.hpp"
#include "actors/config/problems.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

/// A value of the document with its pointer, or the place where one is left out. What has the wrong
/// type reads as if it were left out: the schema check has told of it then.
class Place {
public:
  explicit Place(const JsonNode& root) : node_(&root), at_(root.at) {}

  /// The member of that name, or the place where it is missing.
  Place operator[](std::string_view name) const;
  Place operator[](std::size_t index) const;

  explicit operator bool() const noexcept { return node_ != nullptr; }
  const JsonNode* node() const noexcept { return node_; }
  const std::string& pointer() const noexcept { return pointer_; }
  /// Of the value; of the object around it where it is left out.
  Position at() const noexcept { return at_; }

  std::optional<std::string> text() const;
  std::optional<bool> truth() const;
  /// Times 10^`decimals`; also none where it doesn't fit.
  std::optional<std::int64_t> number(int decimals = 0) const;
  bool is_null() const noexcept { return node_ && node_->kind == JsonNode::Kind::null; }

  /// Of an object, in the order written.
  std::vector<std::pair<std::string, Place>> members() const;
  std::vector<std::string> names() const;
  /// Of an array; 0 for anything else.
  std::size_t size() const noexcept;
  /// The strings of an array.
  std::vector<std::string> texts() const;

  /// Says what is wrong here, unless the schema check did already.
  void error(Problems& problems, std::string code, std::string message) const;
  void warning(Problems& problems, std::string code, std::string message) const;

private:
  Place(const JsonNode* node, std::string pointer, Position at)
      : node_(node), pointer_(std::move(pointer)), at_(at) {}

  const JsonNode* node_;
  std::string pointer_;
  Position at_;
};

} // namespace gateway
