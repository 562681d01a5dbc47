#include "persistence/usage_names.hpp"

#include "persistence/record_line.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

namespace gateway {
namespace {

void join(std::string& into, std::initializer_list<std::string_view> texts) {
  into.clear();
  for (const auto text : texts) {
    into += text;
    into += '\0';
  }
}

const UsageName& other_name() {
  static const UsageName name = [] {
    UsageName made;
    made.fill("(other)");
    return made;
  }();
  return name;
}

const std::string& part(const UsageName& name, UsageDimension dimension) noexcept {
  return name[static_cast<std::size_t>(dimension)];
}

/// What a group tells apart.
std::string grouped_texts(const UsageName& name, SpeedGroup group) {
  using enum UsageDimension;
  std::string joined;
  switch (group) {
  case SpeedGroup::source:
    join(joined, {part(name, node), part(name, provider), part(name, model), part(name, status)});
    break;
  case SpeedGroup::key: join(joined, {part(name, node), part(name, key)}); break;
  case SpeedGroup::route: join(joined, {part(name, node), part(name, route)}); break;
  case SpeedGroup::team: join(joined, {part(name, node), part(name, team)}); break;
  }
  return joined;
}

} // namespace

UsageNames& UsageNames::operator=(const UsageNames& other) {
  if (this != &other) *this = UsageNames(other);
  return *this;
}

/// Nearly always known: then no name is built.
std::uint32_t UsageNames::index_of(const RequestRecord& record) {
  learn_all();
  join(
    joined_,
    {record.node,
     record.provider,
     record.model,
     record.key,
     record.route,
     record.team,
     outcome_text(record.outcome)});
  const auto found = indices_.find(joined_);
  return found != indices_.end() ? found->second : index_of(usage_name(record));
}

std::uint32_t UsageNames::index_of(const UsageName& name) {
  learn_all();
  join(joined_, {name[0], name[1], name[2], name[3], name[4], name[5], name[6]});
  if (const auto found = indices_.find(joined_); found != indices_.end()) return found->second;
  if (names_.size() >= usage_names_max && name != other_name()) return index_of(other_name());
  names_.push_back(std::make_shared<const UsageName>(name));
  learn_all();
  return static_cast<std::uint32_t>(names_.size() - 1);
}

std::uint32_t UsageNames::first_of(std::uint32_t index, SpeedGroup group) {
  learn_all();
  return firsts_[index][static_cast<std::size_t>(group)];
}

void UsageNames::learn_all() {
  while (firsts_.size() < names_.size()) learn(static_cast<std::uint32_t>(firsts_.size()));
}

void UsageNames::learn(std::uint32_t index) {
  static_assert(usage_dimension_count == 7);
  const auto& name = *names_[index];
  join(joined_, {name[0], name[1], name[2], name[3], name[4], name[5], name[6]});
  indices_.emplace(joined_, index);
  auto& firsts = firsts_.emplace_back();
  for (std::size_t group = 0; group < speed_group_count; ++group) {
    auto texts = grouped_texts(name, static_cast<SpeedGroup>(group));
    firsts[group] = grouped_[group].emplace(std::move(texts), index).first->second;
  }
}

} // namespace gateway
