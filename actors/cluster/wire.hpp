#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// Writes numbers as messages between nodes have them: seven bits a byte, the least first; signed
/// ones zigzag, so that small ones are short either way.
class WireWriter {
public:
  void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void number(std::uint64_t value);
  void signed_number(std::int64_t value);
  /// Its length, and the bytes as they are.
  void text(std::string_view value);
  std::size_t size() const noexcept { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

private:
  std::string bytes_;
};

/// Reads them back; what a stranger sends ends in `failed()`, and from then on all reads are 0.
class WireReader {
public:
  explicit WireReader(std::string_view bytes) noexcept : rest_(bytes) {}

  std::uint8_t byte() noexcept;
  /// One above `most` is a failure.
  std::uint64_t number(std::uint64_t most = ~std::uint64_t{0}) noexcept;
  std::int64_t signed_number(std::int64_t least, std::int64_t most) noexcept;
  /// One longer than `most` is a failure.
  std::string_view text(std::size_t most) noexcept;
  /// As much as is left, so that a count says nothing that the bytes don't hold.
  std::size_t left() const noexcept { return rest_.size(); }
  bool failed() const noexcept { return failed_; }
  void fail() noexcept;
  bool at_end() const noexcept { return rest_.empty() && !failed_; }

private:
  std::string_view rest_;
  bool failed_ = false;
};

} // namespace gateway
