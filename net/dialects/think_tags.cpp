#include "net/dialects/think_tags.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::string_view opening = "<think>";
constexpr std::string_view closing = "</think>";
constexpr std::string_view spaces = " \t\r\n";

/// How many bytes at the end of `text` could be the beginning of `tag`.
std::size_t possible_tag(std::string_view text, std::string_view tag) {
  for (auto length = std::min(text.size(), tag.size() - 1); length > 0; --length)
    if (tag.starts_with(text.substr(text.size() - length))) return length;
  return 0;
}

void add(std::vector<ThinkTags::Piece>& pieces, Block::Kind kind, std::string_view text) {
  if (!text.empty()) pieces.push_back({kind, std::string{text}});
}

} // namespace

void ThinkTags::feed(std::string_view text, std::vector<Piece>& pieces) {
  kept_ += text;
  std::string_view rest = kept_;
  if (state_ == State::before) {
    const auto begin = std::min(rest.find_first_not_of(spaces), rest.size());
    const auto front = rest.substr(begin);
    if (front.size() < opening.size() && opening.starts_with(front)) return;
    const bool thinks = front.starts_with(opening);
    state_ = thinks ? State::thinking : State::text;
    if (thinks) rest = front.substr(opening.size());
  }
  if (state_ == State::thinking) {
    const auto end = rest.find(closing);
    const auto certain = end == rest.npos ? rest.size() - possible_tag(rest, closing) : end;
    add(pieces, Block::Kind::reasoning, rest.substr(0, certain));
    if (end != rest.npos) state_ = State::behind;
    rest.remove_prefix(end == rest.npos ? certain : end + closing.size());
  }
  if (state_ == State::behind) {
    // The line ends behind the tag belong to neither.
    rest.remove_prefix(std::min(rest.find_first_not_of(spaces), rest.size()));
    if (!rest.empty()) state_ = State::text;
  }
  if (state_ == State::text) {
    add(pieces, Block::Kind::text, rest);
    rest = {};
  }
  kept_ = std::string{rest};
}

void ThinkTags::finish(std::vector<Piece>& pieces) {
  add(pieces, state_ == State::thinking ? Block::Kind::reasoning : Block::Kind::text, kept_);
  kept_.clear();
}

} // namespace gateway
