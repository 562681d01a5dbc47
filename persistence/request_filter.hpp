#pragma once

#include "net/base/result.hpp"
#include "persistence/index_block.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

constexpr std::size_t filter_conditions_max = 32;
constexpr std::size_t filter_values_max = 64; // of one `in`

/// What the request log can be filtered by: the parameter `f` of GET /admin/v1/requests.
class RequestFilter {
public:
  /// Adds a condition as `field:op:value`; all must hold. What is not known (a cost without a
  /// price, a first token that never came) is only ever `ne`. Errors: invalid_value, with what
  /// there is in the message, and `param` "f".
  Result<void> add(std::string_view condition);

  /// What was added, as it was written.
  const std::vector<std::string>& conditions() const noexcept { return conditions_; }
  bool empty() const noexcept { return texts_.empty() && numbers_.empty() && outcomes_ == all; }

  /// Which combinations of texts may pass.
  std::vector<char> accepted(const IndexTexts& texts) const;
  /// Whether a row passes whose texts do.
  bool accepts(const RequestRow& row) const noexcept;
  /// False where no request of the block can pass; and whether all that it looks at is the outcome.
  bool may_accept(const IndexBlockHead& head) const noexcept;
  bool is_about_outcomes() const noexcept { return texts_.empty() && numbers_.empty(); }
  bool accepts(Outcome outcome) const noexcept {
    return (outcomes_ >> static_cast<unsigned>(outcome) & 1U) != 0;
  }

private:
  enum class Op : std::uint8_t { eq, ne, gt, ge, lt, le, in };
  enum class Number : std::uint8_t {
    status,
    attempts,
    tokens_in,
    tokens_out,
    first_token_us,
    latency_us,
    cost_n,
    stream
  };
  struct Field {
    std::string_view name;
    bool is_text = false;
    RequestText text{};
    Number number{};
  };
  struct TextCondition {
    RequestText which{};
    bool equal = true;
    std::vector<std::string> values;
  };
  struct NumberCondition {
    Number which{};
    Op op{};
    std::vector<std::int64_t> values;
  };
  static constexpr unsigned all = 0b111111; // outcomes

  Result<void> add_condition(std::string_view condition);
  static const Field* find_field(std::string_view name) noexcept;
  static bool holds(const NumberCondition& condition, const RequestRow& row) noexcept;
  Result<void> add_status(Op op, const std::vector<std::string>& values);
  Result<void> add_number(const Field& field, Op op, const std::vector<std::string>& values);

  std::vector<std::string> conditions_;
  std::vector<TextCondition> texts_;
  std::vector<NumberCondition> numbers_;
  unsigned outcomes_ = all; // a bit each
};

} // namespace gateway
