#include "persistence/index_block.hpp"

#include "net/base/time.hpp"
#include "persistence/checksum.hpp"
#include "persistence/packed_bytes.hpp"
#include "persistence/record_line.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>
#include <type_traits>

namespace gateway {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are");
static_assert(std::is_trivially_copyable_v<RequestRow>);
static_assert(std::is_trivially_copyable_v<IndexBlockHead>);

std::uint32_t narrow(std::int64_t number) noexcept {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max() - 1;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number, 0, most));
}

std::string_view bytes_of(const std::vector<RequestRow>& rows) noexcept {
  return {reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(RequestRow)};
}

std::uint32_t checksum_of(const IndexBlockHead& head) noexcept {
  return crc32_of({reinterpret_cast<const char*>(&head), offsetof(IndexBlockHead, head_checksum)});
}

} // namespace

std::uint64_t text_hash(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

void IndexBlock::add(
  const RequestRecord& record, WallTime ended, std::string_view line, std::uint64_t offset) {
  RequestRow row;
  row.id_hash = text_hash(record.id);
  row.request_hash = text_hash(record.request_id);
  row.ended = milliseconds_since_epoch(ended);
  row.cost_n = record.cost ? record.cost->count : unknown_cost;
  row.offset = static_cast<std::uint32_t>(offset - head_.begin);
  row.texts = combination_of(record);
  row.tokens_in = narrow(record.tokens_in);
  row.tokens_out = narrow(record.tokens_out);
  row.latency_us = narrow(record.latency_us);
  row.first_token_us = record.first_token_us ? narrow(*record.first_token_us) : no_first_token;
  row.attempts = narrow(record.attempts);
  row.status = static_cast<std::uint16_t>(record.status);
  row.outcome = record.outcome;
  row.stream = record.stream ? 1 : 0;
  rows_.push_back(row);

  const auto started = milliseconds_since_epoch(record.started);
  ++head_.rows;
  ++head_.outcomes[static_cast<std::size_t>(record.outcome)];
  head_.first_ended = std::min(head_.first_ended, row.ended);
  head_.last_ended = std::max(head_.last_ended, row.ended);
  head_.first_started = std::min(head_.first_started, started);
  head_.last_started = std::max(head_.last_started, started);
  head_.last_line = text_hash(line.substr(0, line_frame_bytes));
}

std::uint32_t IndexBlock::combination_of(const RequestRecord& record) {
  RequestTexts texts;
  const auto set = [&](RequestText which, const std::string& text) {
    texts[static_cast<std::size_t>(which)] = strings_.number_of(text);
  };
  set(RequestText::node, record.node);
  set(RequestText::provider, record.provider);
  set(RequestText::model, record.model);
  set(RequestText::key, record.key);
  set(RequestText::route, record.route);
  set(RequestText::team, record.team);
  set(RequestText::error_code, record.error_code);
  set(RequestText::asked_model, record.asked_model);
  std::string bytes{reinterpret_cast<const char*>(texts.data()), sizeof texts};
  const auto next = static_cast<std::uint32_t>(combinations_.size());
  const auto [known, fresh] = known_.emplace(std::move(bytes), next);
  if (fresh) combinations_.push_back(texts);
  return known->second;
}

IndexTexts IndexBlock::texts() const {
  IndexTexts texts;
  for (std::uint32_t i = 0; i < strings_.size(); ++i) texts.strings.push_back(strings_.text(i));
  texts.combinations = combinations_;
  return texts;
}

std::string IndexBlock::packed() const {
  std::string texts;
  append_packed(texts, strings_.size());
  for (std::uint32_t i = 0; i < strings_.size(); ++i) append_packed_text(texts, strings_.text(i));
  append_packed(texts, combinations_.size());
  for (const auto& combination : combinations_)
    for (const auto number : combination) append_packed(texts, number);

  auto head = head_;
  head.texts_bytes = static_cast<std::uint32_t>(texts.size());
  head.texts_checksum = crc32_of(texts);
  head.rows_checksum = crc32_of(bytes_of(rows_));
  head.head_checksum = checksum_of(head);
  std::string out{reinterpret_cast<const char*>(&head), sizeof head};
  out += texts;
  out += bytes_of(rows_);
  return out;
}

std::optional<IndexBlockHead> read_index_head(std::string_view bytes) noexcept {
  IndexBlockHead head;
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.format != IndexBlockHead{}.format) return std::nullopt;
  if (head.head_checksum != checksum_of(head)) return std::nullopt;
  if (head.rows > index_rows_max || head.begin >= head.end) return std::nullopt;
  return head;
}

std::optional<IndexTexts> read_index_texts(const IndexBlockHead& head, std::string_view bytes) {
  if (bytes.size() != head.texts_bytes || crc32_of(bytes) != head.texts_checksum)
    return std::nullopt;
  PackedReader from{bytes};
  IndexTexts texts;
  for (auto left = from.number(); left > 0 && from.ok(); --left)
    texts.strings.push_back(from.text());
  for (auto left = from.number(); left > 0 && from.ok(); --left) {
    auto& combination = texts.combinations.emplace_back();
    for (auto& number : combination) {
      number = static_cast<std::uint32_t>(from.number());
      if (number >= texts.strings.size()) return std::nullopt;
    }
  }
  if (!from.ok() || !from.at_end()) return std::nullopt;
  return texts;
}

bool read_index_rows(
  const IndexBlockHead& head,
  std::string_view bytes,
  std::size_t combinations,
  std::vector<RequestRow>& rows) {
  if (bytes.size() != head.rows * sizeof(RequestRow) || crc32_of(bytes) != head.rows_checksum)
    return false;
  rows.resize(head.rows);
  if (!rows.empty()) std::memcpy(rows.data(), bytes.data(), bytes.size());
  return std::ranges::all_of(rows, [&](const RequestRow& row) {
    return row.texts < combinations && row.offset < head.end - head.begin
      && static_cast<std::size_t>(row.outcome) < head.outcomes.size();
  });
}

} // namespace gateway
