#pragma once

#include "persistence/numbered_texts.hpp"
#include "persistence/request_record.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway {

/// A block is full with so many requests, or so many bytes of journal.
constexpr std::size_t index_rows_max = 4'096;
constexpr std::uint64_t index_journal_bytes_max = 8 * 1024 * 1024;

/// The texts of a request that the index knows.
enum class RequestText : std::uint8_t {
  node,
  provider,
  model,
  key,
  route,
  team,
  error_code,
  asked_model
};
constexpr std::size_t request_text_count = 8;

/// One combination of them, by the number of each in its block's strings.
using RequestTexts = std::array<std::uint32_t, request_text_count>;

/// What the index knows of one request, as wide for each: a million are looked at in milliseconds.
/// The rest stands in its line. Numbers that don't fit stay at their largest value.
struct RequestRow {
  std::uint64_t id_hash = 0;      // of `id`
  std::uint64_t request_hash = 0; // of the client's x-request-id, else of `id`
  std::int64_t ended = 0;         // milliseconds since the epoch; not before its file's day
  std::int64_t cost_n = 0;        // unknown_cost where it is not known
  std::uint32_t offset = 0;       // of its line, behind the block's begin
  std::uint32_t texts = 0;        // which combination of its block's
  std::uint32_t tokens_in = 0;
  std::uint32_t tokens_out = 0;
  std::uint32_t latency_us = 0;
  std::uint32_t first_token_us = 0; // no_first_token where there was none
  std::uint32_t attempts = 0;
  std::uint16_t status = 0;
  Outcome outcome = Outcome::first_try;
  std::uint8_t stream = 0; // 1: it was one
};
static_assert(sizeof(RequestRow) == 64);
constexpr std::int64_t unknown_cost = INT64_MIN;
constexpr std::uint32_t no_first_token = UINT32_MAX;

/// The same text has the same hash in every version.
std::uint64_t text_hash(std::string_view text) noexcept;

/// What a block says of its requests together.
struct IndexBlockHead {
  std::uint64_t begin = 0; // which bytes of the journal it covers: [begin, end)
  std::uint64_t end = 0;
  std::uint32_t rows = 0;
  std::array<std::uint32_t, 6> outcomes{}; // by Outcome
  std::uint32_t format = 1;
  std::int64_t first_ended = INT64_MAX;
  std::int64_t last_ended = INT64_MIN;
  std::int64_t first_started = INT64_MAX;
  std::int64_t last_started = INT64_MIN;
  std::uint64_t last_line = 0; // the hash of the last request's frame

  /// Bytes of the parts behind it, and their checksums.
  std::uint32_t texts_bytes = 0;
  std::uint32_t texts_checksum = 0;
  std::uint32_t rows_checksum = 0;
  std::uint32_t head_checksum = 0; // of all before
};
static_assert(sizeof(IndexBlockHead) == 104);

/// A block's strings and combinations, as views.
struct IndexTexts {
  std::vector<std::string_view> strings;
  std::vector<RequestTexts> combinations;

  std::string_view text(std::uint32_t combination, RequestText which) const noexcept {
    return strings[combinations[combination][static_cast<std::size_t>(which)]];
  }
};

/// A stretch of one journal file, being indexed.
class IndexBlock {
public:
  /// Begins behind `begin` bytes of the journal.
  explicit IndexBlock(std::uint64_t begin) { head_.begin = head_.end = begin; }

  /// Takes in the request whose line, without its newline, stands at `offset`.
  void
  add(const RequestRecord& record, WallTime ended, std::string_view line, std::uint64_t offset);
  /// What ends there is covered, whether it was a request or not.
  void cover(std::uint64_t end) noexcept { head_.end = end; }
  bool is_full() const noexcept {
    return rows_.size() >= index_rows_max || head_.end - head_.begin >= index_journal_bytes_max;
  }
  bool empty() const noexcept { return head_.begin == head_.end; }

  const IndexBlockHead& head() const noexcept { return head_; }
  const std::vector<RequestRow>& rows() const noexcept { return rows_; }
  /// Views of what the block holds: valid while it lives.
  IndexTexts texts() const;

  /// As it is written to a file: head, texts, rows.
  std::string packed() const;

private:
  std::uint32_t combination_of(const RequestRecord& record);

  IndexBlockHead head_;
  std::vector<RequestRow> rows_;
  NumberedTexts strings_;
  std::vector<RequestTexts> combinations_;
  std::unordered_map<std::string, std::uint32_t> known_; // of the combination's bytes
};

/// The head out of its bytes; nothing where they are none or damaged.
std::optional<IndexBlockHead> read_index_head(std::string_view bytes) noexcept;
/// Nothing where they are damaged. The views are of `bytes`.
std::optional<IndexTexts> read_index_texts(const IndexBlockHead& head, std::string_view bytes);
/// False where they are damaged, or say of a request what its block does not have.
bool read_index_rows(
  const IndexBlockHead& head,
  std::string_view bytes,
  std::size_t combinations,
  std::vector<RequestRow>& rows);

} // namespace gateway
