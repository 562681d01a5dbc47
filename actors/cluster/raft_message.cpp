#include "actors/cluster/raft_message.hpp"

#include "actors/cluster/wire.hpp"

namespace gateway {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint64_t id_max = ~std::uint64_t{0};

void write(WireWriter& writer, const RaftAppend& message) {
  writer.number(message.term);
  writer.number(message.previous_index);
  writer.number(message.previous_term);
  writer.number(message.committed);
  writer.number(message.entries.size());
  for (const auto& entry : message.entries) {
    writer.number(entry.term);
    writer.byte(entry.kind);
    writer.text(entry.bytes);
  }
}

void write(WireWriter& writer, const RaftAppendAnswer& message) {
  writer.number(message.term);
  writer.number(message.rejected);
  writer.number(message.last);
}

void write(WireWriter& writer, const RaftVoteRequest& message) {
  writer.number(message.term);
  writer.number(message.candidate);
  writer.number(message.last_index);
  writer.number(message.last_term);
  writer.byte(
    static_cast<std::uint8_t>((message.may_disturb ? 1 : 0) + (message.is_trial ? 2 : 0)));
}

void write(WireWriter& writer, const RaftVoteAnswer& message) {
  writer.number(message.term);
  writer.byte(static_cast<std::uint8_t>((message.is_granted ? 1 : 0) + (message.is_trial ? 2 : 0)));
}

void write(WireWriter& writer, const RaftInstall& message) {
  writer.number(message.term);
  writer.number(message.snapshot.index);
  writer.number(message.snapshot.term);
  writer.number(message.snapshot.configuration_index);
  writer.text(message.snapshot.configuration);
  writer.text(message.snapshot.bytes);
}

void write(WireWriter& writer, const RaftHandOn& message) {
  writer.number(message.term);
  writer.number(message.last_index);
  writer.number(message.last_term);
}

/// Terms begin with 1.
std::uint64_t read_term(WireReader& reader) {
  const auto term = reader.number(raft_number_max);
  if (term == 0) reader.fail();
  return term;
}

std::uint64_t read_index(WireReader& reader) {
  return reader.number(raft_number_max);
}

std::uint8_t read_flags(WireReader& reader) {
  const auto flags = reader.byte();
  if (flags > 3) reader.fail();
  return flags;
}

/// An entry that may follow one of the term `least`.
RaftEntry read_entry(WireReader& reader, std::uint64_t least, std::uint64_t most) {
  RaftEntry entry;
  entry.term = read_term(reader);
  entry.kind = reader.byte();
  entry.bytes = reader.text(raft_entry_bytes_max);
  const bool is_known = entry.kind >= raft_entry_command && entry.kind <= raft_entry_servers;
  if (!is_known || entry.term < least || entry.term > most || entry.bytes.empty()) reader.fail();
  if (entry.kind == raft_entry_servers && !read_raft_servers(entry.bytes)) reader.fail();
  return entry;
}

RaftMessage read_append(WireReader& reader) {
  RaftAppend message;
  message.term = read_term(reader);
  message.previous_index = read_index(reader);
  message.previous_term = read_index(reader);
  message.committed = read_index(reader);
  if ((message.previous_index == 0) != (message.previous_term == 0)) reader.fail();
  auto term = message.previous_term;
  // An entry has three bytes at least.
  const auto count = reader.number(reader.left());
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    message.entries.push_back(read_entry(reader, term, message.term));
    term = message.entries.back().term;
  }
  // A log begins with its servers.
  const bool is_beginning = message.previous_index == 0 && !message.entries.empty();
  if (is_beginning && message.entries.front().kind != raft_entry_servers) reader.fail();
  return message;
}

RaftMessage read_append_answer(WireReader& reader) {
  RaftAppendAnswer message;
  message.term = read_term(reader);
  message.rejected = read_index(reader);
  message.last = read_index(reader);
  return message;
}

RaftMessage read_vote_request(WireReader& reader) {
  RaftVoteRequest message;
  message.term = read_term(reader);
  message.candidate = reader.number(id_max);
  message.last_index = read_index(reader);
  message.last_term = read_index(reader);
  const auto flags = read_flags(reader);
  message.may_disturb = (flags & 1U) != 0;
  message.is_trial = (flags & 2U) != 0;
  if (message.candidate == 0) reader.fail();
  return message;
}

RaftMessage read_vote_answer(WireReader& reader) {
  RaftVoteAnswer message;
  message.term = read_term(reader);
  const auto flags = read_flags(reader);
  message.is_granted = (flags & 1U) != 0;
  message.is_trial = (flags & 2U) != 0;
  return message;
}

RaftMessage read_install(WireReader& reader) {
  RaftInstall message;
  message.term = read_term(reader);
  message.snapshot.index = read_term(reader);
  message.snapshot.term = read_term(reader);
  message.snapshot.configuration_index = read_term(reader);
  message.snapshot.configuration = reader.text(raft_message_bytes_max);
  message.snapshot.bytes = reader.text(raft_message_bytes_max);
  const bool is_sane = message.snapshot.term <= message.term
    && message.snapshot.configuration_index <= message.snapshot.index;
  if (!is_sane || !read_raft_servers(message.snapshot.configuration)) reader.fail();
  return message;
}

RaftMessage read_hand_on(WireReader& reader) {
  RaftHandOn message;
  message.term = read_term(reader);
  message.last_index = read_index(reader);
  message.last_term = read_index(reader);
  return message;
}

RaftMessage read_kind(WireReader& reader, std::uint8_t kind) {
  switch (kind) {
  case 0: return read_append(reader);
  case 1: return read_append_answer(reader);
  case 2: return read_vote_request(reader);
  case 3: return read_vote_answer(reader);
  case 4: return read_install(reader);
  case 5: return read_hand_on(reader);
  default: reader.fail(); return RaftMessage{};
  }
}

} // namespace

std::string encode(const RaftMessage& message) {
  WireWriter writer;
  writer.byte(version);
  writer.byte(static_cast<std::uint8_t>(message.index()));
  std::visit([&](const auto& one) { write(writer, one); }, message);
  return writer.take();
}

Result<RaftMessage> decode_raft_message(std::string_view bytes) {
  WireReader reader{bytes};
  if (bytes.size() > raft_message_bytes_max || reader.byte() != version) reader.fail();
  const auto kind = reader.byte();
  auto message = read_kind(reader, kind);
  if (!reader.at_end())
    return fail(ErrorKind::invalid_value, "a message of a peer's document log is malformed");
  return message;
}

} // namespace gateway
