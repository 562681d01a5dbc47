#include "actors/api/content_coding.hpp"

#include "net/base/header.hpp"

#include <algorithm>

namespace gateway {
namespace {

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t";
  const auto first = std::min(text.find_first_not_of(blanks), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// "br;q=0.000" refuses it.
bool is_refused(std::string_view parameters) noexcept {
  const auto weight = trimmed(parameters);
  if (!weight.starts_with("q=") && !weight.starts_with("Q=")) return false;
  return weight.find_first_not_of("0.", 2) == std::string_view::npos;
}

bool takes(std::string_view list, std::string_view coding) noexcept {
  while (!list.empty()) {
    const auto item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    const auto name = item.substr(0, item.find(';'));
    if (!same_ignoring_case(trimmed(name), coding)) continue;
    return name.size() == item.size() || !is_refused(item.substr(name.size() + 1));
  }
  return false;
}

} // namespace

ContentCoding best_coding(std::optional<std::string_view> accept_encoding) noexcept {
  for (const auto coding : {ContentCoding::brotli, ContentCoding::gzip})
    if (accept_encoding && takes(*accept_encoding, name_of(coding))) return coding;
  return ContentCoding::identity;
}

std::string_view name_of(ContentCoding coding) noexcept {
  switch (coding) {
  case ContentCoding::gzip: return "gzip";
  case ContentCoding::brotli: return "br";
  case ContentCoding::identity: return "";
  }
  return "";
}

} // namespace gateway
