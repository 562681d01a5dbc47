#include "actors/cluster/book_message.hpp"

#include "actors/cluster/wire.hpp"

namespace gateway {
namespace {

constexpr std::uint8_t lost_kind = 2;
constexpr std::uint8_t told_kind = 3;
constexpr std::uint64_t longest = std::uint64_t{1} << 50; // ms

void write_head(WireWriter& writer, std::uint8_t version, std::uint8_t kind, const Lives& lives) {
  writer.byte(version);
  writer.byte(kind);
  writer.number(lives.epoch);
  writer.number(lives.your_epoch);
}

Lives read_head(WireReader& reader, std::uint8_t version, std::uint8_t kind) {
  if (reader.byte() != version || reader.byte() != kind) reader.fail();
  const auto epoch = reader.number();
  return {epoch, reader.number()};
}

void write_about(WireWriter& writer, const std::vector<BookLost::About>& about) {
  writer.number(about.size());
  for (const auto& [member, epoch] : about) {
    writer.number(member);
    writer.number(epoch);
  }
}

std::vector<BookLost::About> read_about(WireReader& reader) {
  std::vector<BookLost::About> about;
  const auto count = reader.number(members_max);
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    const auto member = static_cast<std::uint32_t>(reader.number(~std::uint32_t{0}));
    about.push_back({member, reader.number()});
  }
  return about;
}

Failed malformed() {
  return fail(ErrorKind::invalid_value, "a message of a peer about a lost book is malformed");
}

} // namespace

std::string encode(const BookLost& message) {
  WireWriter writer;
  write_head(writer, BookLost::version, lost_kind, message.lives);
  write_about(writer, message.about);
  writer.number(message.page);
  return writer.take();
}

std::string encode(const BookTold& message) {
  WireWriter writer;
  write_head(writer, BookTold::version, told_kind, message.lives);
  writer.byte(message.is_lost ? 1 : 0);
  writer.number(static_cast<std::uint64_t>(milliseconds_since_epoch(message.wall)));
  write_about(writer, message.about);
  for (std::size_t i = 0; i < message.about.size(); ++i)
    writer.number(static_cast<std::uint64_t>(message.silent.at(i).count()));
  writer.number(message.page);
  writer.number(message.pages);
  writer.number(message.counters.size());
  for (const auto& counters : message.counters) {
    writer.number(counters.quota);
    writer.number(counters.member);
    writer.signed_number(counters.given);
    writer.signed_number(counters.received);
    writer.number(static_cast<std::uint64_t>(counters.cools.count()));
  }
  return writer.take();
}

Result<BookLost> decode_book_lost(std::string_view bytes) {
  if (bytes.size() > PairMessage::bytes_max) return malformed();
  WireReader reader{bytes};
  BookLost message;
  message.lives = read_head(reader, BookLost::version, lost_kind);
  message.about = read_about(reader);
  message.page = static_cast<std::uint32_t>(reader.number(BookTold::pages_max));
  if (!reader.at_end()) return malformed();
  return message;
}

Result<BookTold> decode_book_told(std::string_view bytes) {
  if (bytes.size() > PairMessage::bytes_max) return malformed();
  WireReader reader{bytes};
  BookTold message;
  message.lives = read_head(reader, BookTold::version, told_kind);
  const auto is_lost = reader.byte();
  if (is_lost > 1) reader.fail();
  message.is_lost = is_lost == 1;
  message.wall = WallTime{Milliseconds{reader.number(longest)}};
  message.about = read_about(reader);
  for (std::size_t i = 0; i < message.about.size(); ++i)
    message.silent.emplace_back(reader.number(longest));
  message.page = static_cast<std::uint32_t>(reader.number(BookTold::pages_max));
  message.pages = static_cast<std::uint32_t>(reader.number(BookTold::pages_max));
  if (message.page >= message.pages) reader.fail();
  const auto count = reader.number(BookTold::counters_max);
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    auto& counters = message.counters.emplace_back();
    counters.quota = static_cast<std::uint32_t>(reader.number(~std::uint32_t{0}));
    counters.member = static_cast<std::uint32_t>(reader.number(~std::uint32_t{0}));
    counters.given = reader.signed_number(0, permits_max);
    counters.received = reader.signed_number(0, permits_max);
    counters.cools = Milliseconds{reader.number(longest)};
  }
  if (!reader.at_end()) return malformed();
  return message;
}

} // namespace gateway
