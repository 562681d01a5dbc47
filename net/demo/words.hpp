#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// The simulated models' tokenizer: a token is the white space before a word, up to seven bytes of
/// the word and the punctuation behind it; whole code points only. Pieces joined give the text.
std::vector<std::string_view> demo_tokens(std::string_view text);
std::int64_t count_demo_tokens(std::string_view text);

/// The same numbers for the same seed, on every machine (splitmix64).
class DemoDice {
public:
  explicit DemoDice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() noexcept;
  /// 0 … below - 1.
  std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }
  /// 0 ≤ x < 1.
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

private:
  std::uint64_t state_;
};

/// A seed out of a text (FNV-1a), so that the same prompt is answered the same way.
std::uint64_t demo_seed(std::string_view text, std::uint64_t seed) noexcept;

/// Whole made-up sentences of at least `bytes_min` bytes.
std::string demo_sentences(DemoDice& dice, std::size_t bytes_min);

} // namespace gateway
