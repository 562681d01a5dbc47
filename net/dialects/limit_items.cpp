#include "net/dialects/limit_items.hpp"

#include "net/dialects/limit_values.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

std::string_view unquoted(std::string_view text) noexcept {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return text;
  return text.substr(1, text.size() - 2);
}

/// Takes what stands before the next `mark` outside of quotes, and the mark.
std::string_view take_until(std::string_view& rest, char mark) noexcept {
  bool is_quoted = false;
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    if (rest[end] == '"')
      is_quoted = !is_quoted;
    else if (rest[end] == '\\' && is_quoted)
      ++end;
    else if (rest[end] == mark && !is_quoted)
      break;
  }
  const auto taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return without_blanks(taken);
}

void add_parameter(LimitItem& item, std::string_view key, std::string_view text) noexcept {
  const auto number = count_of(text);
  if (key == "qu") {
    item.unit = unquoted(text);
  } else if (!number) {
    return;
  } else if (key == "q" || key == "limit") {
    keep_lower(item.amount, number);
  } else if (key == "r" || key == "remaining") {
    keep_lower(item.remaining, number);
  } else if (key == "t" || key == "reset") {
    keep_later(item.reset, wait_of_seconds(static_cast<double>(*number)));
  } else if (key == "w" && *number > 0) {
    item.window = std::chrono::seconds{*number};
  }
}

/// A name, which may have a second one behind it (Hugging Face: `"fixed window";"api";q=500`), or
/// the older drafts' bare amount.
void add_bare(LimitItem& item, std::string_view text) noexcept {
  if (text.empty()) return;
  if (const auto number = count_of(text))
    keep_lower(item.amount, number);
  else
    item.name = unquoted(text);
}

/// Where a part's value begins; a quoted name may hold an equals sign.
std::size_t equals_in(std::string_view part) noexcept {
  return part.starts_with('"') ? part.npos : part.find('=');
}

void add_part(LimitItem& item, std::string_view part) noexcept {
  const auto equals = equals_in(part);
  if (equals == part.npos) return add_bare(item, part);
  add_parameter(
    item, without_blanks(part.substr(0, equals)), without_blanks(part.substr(equals + 1)));
}

} // namespace

std::vector<LimitItem> read_limit_items(std::string_view value) {
  std::vector<LimitItem> items;
  bool in_dictionary = false;
  while (!value.empty()) {
    auto member = take_until(value, ',');
    if (member.empty()) continue;
    auto part = take_until(member, ';');
    const bool continues = std::exchange(in_dictionary, equals_in(part) != part.npos);
    if (!in_dictionary || !continues) {
      if (items.size() == limit_items_max) break;
      items.emplace_back();
    }
    add_part(items.back(), part);
    while (!member.empty()) add_part(items.back(), take_until(member, ';'));
  }
  return items;
}

const LimitItem* policy_of(const LimitItem& item, const std::vector<LimitItem>& policies) noexcept {
  const auto* const end = policies.data() + policies.size();
  const auto* found = std::find_if(policies.data(), end, [&](const LimitItem& policy) {
    if (!item.name.empty()) return policy.name == item.name;
    return item.amount && policy.amount == item.amount;
  });
  if (found != end) return found;
  return item.name.empty() && policies.size() == 1 ? &policies.front() : nullptr;
}

LimitReport::Window window_of_length(std::chrono::seconds length) noexcept {
  using Window = LimitReport::Window;
  constexpr std::chrono::seconds day{86'400};
  if (length == std::chrono::seconds{1}) return Window::second;
  if (length == std::chrono::minutes{1}) return Window::minute;
  if (length == std::chrono::hours{1}) return Window::hour;
  if (length == day) return Window::day;
  return length >= 28 * day && length <= 31 * day ? Window::month : Window::other;
}

} // namespace gateway
