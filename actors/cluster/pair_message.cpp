#include "actors/cluster/pair_message.hpp"

#include "actors/cluster/wire.hpp"

namespace gateway {
namespace {

constexpr std::uint8_t pair_kind = 1;
constexpr std::int64_t sent_max = std::int64_t{1} << 62;
constexpr std::uint64_t wait_ms_max = 32ULL * 24 * 60 * 60 * 1'000; // longer than any window

enum Flag : std::uint8_t { has_report = 1, has_target = 2, contended = 4, waits = 8, bound = 16 };
constexpr std::uint8_t entry_flags = has_report | has_target | contended | waits | bound;

void write_entry(WireWriter& writer, const PairMessage::Entry& entry) {
  unsigned flags = 0;
  if (entry.report) flags |= has_report;
  if (entry.target) flags |= has_target;
  if (entry.target && entry.target->is_contended) flags |= contended;
  if (entry.target && entry.target->is_bound) flags |= bound;
  if (entry.wait > Milliseconds{0}) flags |= waits;
  writer.number(entry.quota);
  writer.byte(static_cast<std::uint8_t>(flags));
  writer.signed_number(entry.given);
  writer.signed_number(entry.received);
  if (entry.wait > Milliseconds{0}) writer.number(static_cast<std::uint64_t>(entry.wait.count()));
  if (entry.report) {
    writer.signed_number(entry.report->hold);
    writer.signed_number(entry.report->want);
    writer.signed_number(entry.report->demand);
    writer.signed_number(entry.report->owed);
    writer.byte(static_cast<std::uint8_t>(entry.report->needs.size()));
    for (const auto need : entry.report->needs) writer.signed_number(need);
  }
  if (entry.target) writer.signed_number(entry.target->hold);
}

PairMessage::Entry read_entry(WireReader& reader) {
  PairMessage::Entry entry;
  entry.quota = static_cast<std::uint32_t>(reader.number(~std::uint32_t{0}));
  const auto flags = reader.byte();
  if ((flags & ~entry_flags) != 0) reader.fail();
  entry.given = reader.signed_number(0, permits_max);
  entry.received = reader.signed_number(0, permits_max);
  if ((flags & waits) != 0)
    entry.wait = Milliseconds{static_cast<std::int64_t>(reader.number(wait_ms_max))};
  if ((flags & has_report) != 0) {
    auto& report = entry.report.emplace(PairMessage::Report{});
    report.hold = reader.signed_number(-permits_max, permits_max);
    report.want = reader.signed_number(0, permits_max);
    report.demand = reader.signed_number(0, permits_max);
    report.owed = reader.signed_number(0, permits_max);
    const auto needs = reader.byte();
    if (needs > PairMessage::needs_max) reader.fail();
    for (unsigned i = 0; i < needs && !reader.failed(); ++i)
      report.needs.push_back(reader.signed_number(1, permits_max));
  }
  if ((flags & has_target) != 0)
    entry.target = {
      reader.signed_number(0, permits_max), (flags & contended) != 0, (flags & bound) != 0};
  else if ((flags & (contended | bound)) != 0)
    reader.fail();
  return entry;
}

} // namespace

std::string encode(const PairMessage& message) {
  WireWriter writer;
  writer.byte(PairMessage::version);
  writer.byte(pair_kind);
  unsigned flags = message.is_lost ? 1 : 0;
  if (message.is_leaving) flags |= 2;
  if (message.has_left) flags |= 4;
  writer.byte(static_cast<std::uint8_t>(flags));
  writer.number(message.lives.epoch);
  writer.number(message.lives.your_epoch);
  writer.signed_number(message.sent);
  writer.signed_number(message.echo);
  writer.number(message.record);
  writer.number(message.hears.size());
  for (const auto member : message.hears) writer.number(member);
  writer.number(message.entries.size());
  for (const auto& entry : message.entries) write_entry(writer, entry);
  return writer.take();
}

Result<PairMessage> decode_pair_message(std::string_view bytes) {
  if (bytes.size() > PairMessage::bytes_max)
    return fail(ErrorKind::invalid_value, "a message of a peer is too long");
  WireReader reader{bytes};
  PairMessage message;
  if (reader.byte() != PairMessage::version || reader.byte() != pair_kind)
    return fail(ErrorKind::invalid_value, "a message of a peer is of another version or kind");
  const auto flags = reader.byte();
  if (flags > 7) reader.fail();
  message.is_lost = (flags & 1) != 0;
  message.is_leaving = (flags & 2) != 0;
  message.has_left = (flags & 4) != 0;
  message.lives.epoch = reader.number();
  message.lives.your_epoch = reader.number();
  message.sent = reader.signed_number(0, sent_max);
  message.echo = reader.signed_number(0, sent_max);
  message.record = reader.number();
  const auto hears = reader.number(members_max);
  for (std::uint64_t i = 0; i < hears && !reader.failed(); ++i)
    message.hears.insert(static_cast<std::uint32_t>(reader.number(~std::uint32_t{0})));
  const auto count = reader.number(PairMessage::entries_max);
  if (message.is_lost && count > 0) reader.fail();
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i)
    message.entries.push_back(read_entry(reader));
  if (!reader.at_end()) return fail(ErrorKind::invalid_value, "a message of a peer is malformed");
  return message;
}

} // namespace gateway
