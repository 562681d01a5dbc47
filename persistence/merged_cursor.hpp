#pragma once

#include "persistence/found_count.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// Where a page of several nodes' logs ended: in each of them. A node that is not in it was not
/// there when the first page was made, and is left out of the next ones, so that pages one after
/// the other have each item once and in order.
template <class Of>
struct MergedCursor {
  /// Nothing: that node's log is at its end.
  using Place = std::optional<Of>;
  std::map<std::string, Place, std::less<>> places; // by node
  FoundCount count;                                 // when the first page was asked for

  friend bool operator==(const MergedCursor&, const MergedCursor&) = default;
};

constexpr std::string_view merged_end_text{"end"};

/// As "128412x,gw-1~PLACE,gw-2~end", each place as `to_text` says it; and back.
template <class Of, class ToText>
std::string merged_text(const MergedCursor<Of>& cursor, ToText to_text) {
  auto text = count_text(cursor.count);
  for (const auto& [node, place] : cursor.places) {
    text += "," + node + "~";
    text += place ? to_text(*place) : std::string{merged_end_text};
  }
  return text;
}

template <class Of, class FromText>
std::optional<MergedCursor<Of>> read_merged_text(std::string_view text, FromText from_text) {
  MergedCursor<Of> cursor;
  auto comma = text.find(',');
  const auto count = read_count_text(text.substr(0, comma));
  if (!count) return std::nullopt;
  cursor.count = *count;
  while (comma != std::string_view::npos) {
    text.remove_prefix(comma + 1);
    comma = text.find(',');
    const auto part = text.substr(0, comma);
    const auto tilde = part.find('~');
    if (tilde == 0 || tilde == std::string_view::npos) return std::nullopt;
    std::optional<Of> place;
    if (part.substr(tilde + 1) != merged_end_text) {
      place = from_text(part.substr(tilde + 1));
      if (!place) return std::nullopt;
    }
    cursor.places.emplace(part.substr(0, tilde), place);
  }
  return cursor.places.empty() ? std::nullopt : std::optional{cursor};
}

} // namespace gateway
