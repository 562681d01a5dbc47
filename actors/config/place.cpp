#include "actors/config/place.hpp"

namespace gateway {

Place Place::operator[](std::string_view name) const {
  const auto* child = node_ != nullptr ? node_->find(name) : nullptr;
  return {child, pointer_ + pointer_step(name), child != nullptr ? child->at : at_};
}

Place Place::operator[](std::size_t index) const {
  const auto* child = index < size() ? &node_->items[index] : nullptr;
  return {child, pointer_ + "/" + std::to_string(index), child != nullptr ? child->at : at_};
}

std::optional<std::string> Place::text() const {
  if (node_ == nullptr || !node_->is_string()) return std::nullopt;
  return node_->text;
}

std::optional<bool> Place::truth() const {
  if (node_ == nullptr || node_->kind != JsonNode::Kind::boolean) return std::nullopt;
  return node_->truth;
}

std::optional<std::int64_t> Place::number(int decimals) const {
  return node_ != nullptr ? node_->scaled(decimals) : std::nullopt;
}

std::vector<std::pair<std::string, Place>> Place::members() const {
  std::vector<std::pair<std::string, Place>> all;
  if (node_ != nullptr)
    for (const auto& [name, at, value] : node_->members)
      all.emplace_back(name, Place(&value, pointer_ + pointer_step(name), value.at));
  return all;
}

std::vector<std::string> Place::names() const {
  std::vector<std::string> names;
  if (node_ != nullptr)
    for (const auto& member : node_->members) names.push_back(member.name);
  return names;
}

std::size_t Place::size() const noexcept {
  return node_ != nullptr ? node_->items.size() : 0;
}

std::vector<std::string> Place::texts() const {
  std::vector<std::string> texts;
  if (node_ != nullptr)
    for (const auto& item : node_->items)
      if (item.is_string()) texts.push_back(item.text);
  return texts;
}

void Place::error(Problems& problems, std::string code, std::string message) const {
  if (!problems.names(pointer_)) problems.error(pointer_, at_, std::move(code), std::move(message));
}

void Place::warning(Problems& problems, std::string code, std::string message) const {
  if (!problems.names(pointer_))
    problems.warning(pointer_, at_, std::move(code), std::move(message));
}

} // namespace gateway
