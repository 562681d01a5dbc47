#include "actors/cluster/message_parts.hpp"

#include "actors/cluster/wire.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::size_t remembered = 2;

Failed malformed() {
  return fail(ErrorKind::invalid_value, "a part of a peer's message is malformed");
}

} // namespace

void MessageCutter::take(std::string message, std::uint64_t number) {
  const auto count = (message.size() + message_part_bytes_max - 1) / message_part_bytes_max;
  if (is_busy() || count == 0 || count > message_parts_max)
    broken_promise("a message that can't be cut was to be");
  message_ = std::move(message);
  number_ = number;
  next_ = 0;
  count_ = count;
}

std::string MessageCutter::next() {
  WireWriter writer;
  writer.number(number_);
  writer.number(next_);
  writer.number(count_);
  writer.text(
    std::string_view{message_}.substr(next_ * message_part_bytes_max, message_part_bytes_max));
  if (++next_ == count_) message_.clear();
  return writer.take();
}

MessageJoiner::Pieces* MessageJoiner::find(std::uint64_t number, std::size_t count) {
  const auto found = std::ranges::find(pieces_, number, &Pieces::number);
  if (found != pieces_.end()) return found->count == count ? &*found : nullptr;
  if (pieces_.size() == remembered) pieces_.erase(pieces_.begin());
  pieces_.push_back({number, count, std::vector<std::string>(count), count});
  return &pieces_.back();
}

Result<std::optional<std::string>> MessageJoiner::take(std::string_view part) {
  WireReader reader{part};
  const auto number = reader.number();
  const auto at = reader.number(message_parts_max);
  const auto count = reader.number(message_parts_max);
  const auto bytes = reader.text(message_part_bytes_max);
  if (!reader.at_end() || at >= count || bytes.empty()) return malformed();
  if (at + 1 < count && bytes.size() != message_part_bytes_max) return malformed();
  auto* pieces = find(number, count);
  if (pieces == nullptr) return malformed();
  // Whole already, or this part was there.
  if (pieces->missing == 0 || !pieces->parts[at].empty()) return std::optional<std::string>{};
  pieces->parts[at] = bytes;
  if (--pieces->missing > 0) return std::optional<std::string>{};
  std::string whole;
  for (const auto& one : pieces->parts) whole += one;
  pieces->parts = {};
  return std::optional{std::move(whole)};
}

} // namespace gateway
