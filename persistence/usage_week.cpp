#include "persistence/usage_pile.hpp"

namespace gateway {

/// Values are numbered anew, as each day has its own.
UsageDay UsageDay::together(
  Day first, std::chrono::days length, std::span<const std::shared_ptr<const UsageDay>> days) {
  UsageDay sum;
  sum.day_ = first;
  sum.length_ = length;
  std::array<NumberedTexts, usage_dimension_count> numbers;
  for (const auto& day : days) {
    sum.finest_value_speeds_ = std::max(sum.finest_value_speeds_, day->finest_value_speeds_);
    for (std::size_t dimension = 0; dimension < usage_dimension_count; ++dimension)
      for (const auto& text : day->texts_[dimension]) numbers[dimension].number_of(text);
  }
  for (std::size_t dimension = 0; dimension < usage_dimension_count; ++dimension)
    for (std::uint32_t value = 0; value < numbers[dimension].size(); ++value)
      sum.texts_[dimension].push_back(numbers[dimension].text(value));

  auto& block = sum.whole_.emplace_back();
  for (std::size_t group = 0; group < group_count; ++group) {
    // Each group has its nodes, and what has only them is the last one.
    if (group != UsagePile::node) block.bytes += group_of_days(group, days, numbers);
    block.starts[group + 1] = static_cast<std::uint32_t>(block.bytes.size());
  }
  block.bytes.shrink_to_fit();
  return sum;
}

/// The rows of one group, summed by value and node.
std::string UsageDay::group_of_days(
  std::size_t group,
  std::span<const std::shared_ptr<const UsageDay>> days,
  std::span<NumberedTexts, usage_dimension_count> numbers) {
  const auto by =
    group == UsagePile::all ? std::nullopt : std::optional{static_cast<UsageDimension>(group)};
  UsagePile pile;
  pile.set_nodes(std::max<std::size_t>(1, numbers[UsagePile::node].size()));
  for (const auto& day : days) {
    const UsageSpan span{day->day_, day->length_};
    day->visit_block(day->whole_.front(), span, by, true, [&](const Row& row) {
      const auto& node = day->texts_[UsagePile::node][row.node];
      const UsagePile::Key key{
        by ? numbers[group].number_of(day->text(by, row.value)) : 0,
        numbers[UsagePile::node].number_of(node)};
      pile.add(key, row.counters);
      if (!row.speeds.empty()) pile.join(key, row.speeds);
    });
  }
  std::string rows;
  pile.move_to(rows, true);
  return rows;
}

} // namespace gateway
