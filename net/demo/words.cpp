#include "net/demo/words.hpp"

#include <array>

namespace gateway {
namespace {

constexpr std::size_t word_bytes_max = 7;

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool is_word(char c) {
  // Every byte of a longer code point counts as part of a word, so none is ever torn off as a mark.
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
    || (static_cast<unsigned char>(c) & 0x80) != 0;
}

bool continues_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// Where the token that begins at `from` ends.
std::size_t token_end(std::string_view text, std::size_t from) {
  constexpr std::size_t marks_max = 3;
  auto at = from;
  while (at < text.size() && is_space(text[at])) ++at;
  const auto word = at;
  while (at < text.size() && is_word(text[at]) && at - word < word_bytes_max) ++at;
  while (at < text.size() && continues_code_point(text[at])) ++at;
  if (at < text.size() && is_word(text[at]) && at > word) return at;
  const auto marks = at;
  while (at < text.size() && !is_word(text[at]) && !is_space(text[at]) && at - marks < marks_max)
    ++at;
  return at;
}

constexpr std::array subjects{
  "The harbour",
  "A small engine",
  "The old library",
  "Every river",
  "The night train",
  "A quiet garden",
  "The lighthouse",
  "One careful reader",
  "The morning market",
  "A distant bell",
};
constexpr std::array verbs{
  "keeps",
  "measures",
  "remembers",
  "carries",
  "answers",
  "follows",
  "gathers",
  "explains",
};
constexpr std::array objects{
  "the slow tide",
  "a handful of letters",
  "the first snow",
  "its own map",
  "three good questions",
  "the shape of a song",
  "what the wind forgot",
  "a row of lamps",
  "the long way home",
};
constexpr std::array endings{
  "before noon.",
  "without a word.",
  "year after year.",
  "as if nothing had happened.",
  "and begins again.",
  "with some patience.",
};

template <std::size_t N>
std::string_view pick(DemoDice& dice, const std::array<const char*, N>& from) {
  return from[dice.below(N)];
}

} // namespace

std::vector<std::string_view> demo_tokens(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = token_end(text, at);
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

std::int64_t count_demo_tokens(std::string_view text) {
  std::int64_t count = 0;
  for (std::size_t at = 0; at < text.size(); at = token_end(text, at)) ++count;
  return count;
}

std::uint64_t DemoDice::next() noexcept {
  state_ += 0x9e3779b97f4a7c15ULL;
  auto mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
  return mixed ^ (mixed >> 31);
}

std::uint64_t demo_seed(std::string_view text, std::uint64_t seed) noexcept {
  auto hash = 0xcbf29ce484222325ULL ^ seed;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

std::string demo_sentences(DemoDice& dice, std::size_t bytes_min) {
  std::string text;
  while (text.empty() || text.size() < bytes_min) {
    if (!text.empty()) text += ' ';
    text += pick(dice, subjects);
    text += ' ';
    text += pick(dice, verbs);
    text += ' ';
    text += pick(dice, objects);
    text += ' ';
    text += pick(dice, endings);
  }
  return text;
}

} // namespace gateway
