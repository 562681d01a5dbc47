#include "actors/cluster/hello.hpp"

#include "actors/cluster/wire.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gateway {
namespace {

constexpr std::uint8_t welcome = 1;
constexpr std::uint8_t refused = 2;
constexpr std::size_t text_max = 1'000;

// What stands in logs and JSON: printable ASCII, and no blank in a name.
std::string read_plain(WireReader& reader, std::size_t most, char least) {
  std::string text{reader.text(most)};
  if (!std::ranges::all_of(text, [least](char c) { return c >= least && c <= '~'; })) reader.fail();
  return text;
}

std::string read_name(WireReader& reader, std::size_t most) {
  return read_plain(reader, most, '!');
}

void write_address(WireWriter& writer, const PeerAddress& address) {
  writer.text(address.host);
  writer.number(address.port);
}

PeerAddress read_address(WireReader& reader) {
  PeerAddress address;
  address.host = read_name(reader, Hello::host_max);
  address.port = static_cast<std::uint16_t>(reader.number(65'535));
  return address;
}

std::uint16_t read_version(WireReader& reader) {
  return static_cast<std::uint16_t>(reader.number(65'535));
}

LinkRefusal::Reason reason_of(std::uint8_t byte) noexcept {
  using enum LinkRefusal::Reason;
  // A reason that only a newer node knows still has its text.
  return byte >= 1 && byte <= static_cast<std::uint8_t>(removed)
    ? static_cast<LinkRefusal::Reason>(byte)
    : malformed;
}

std::string range(const ProtocolRange& protocol) {
  return protocol.min == protocol.max ? fmt::format("{}", protocol.max)
                                      : fmt::format("{} to {}", protocol.min, protocol.max);
}

Judgement refuse(LinkRefusal::Reason reason, std::string text) {
  return {LinkRefusal{reason, std::move(text)}, false};
}

// The one of the two who is to begin their link, where both do.
bool begins(const Hello& one, const Hello& other) {
  return one.name < other.name;
}

Judgement judge_known(const Hello& own, const Hello& theirs, const LinkedLife& life, bool began) {
  if (life.name != theirs.name || life.id != theirs.id || life.incarnation != theirs.incarnation)
    return refuse(
      LinkRefusal::Reason::duplicate_identity,
      fmt::format(
        "{} is linked with another {} that is alive: two nodes must not have one name or one data "
        "folder. After a restart this ends by itself within seconds.",
        own.name,
        theirs.name));
  // Who begins a second one has lost the first already, though that was not noticed here.
  if (life.is_ours == began || begins(own, theirs) == began) return {std::nullopt, true};
  return refuse(
    LinkRefusal::Reason::linked_already,
    fmt::format("{} and {} are linked already.", own.name, theirs.name));
}

} // namespace

std::string encode(const Hello& hello) {
  WireWriter writer;
  writer.number(hello.protocol.min);
  writer.number(hello.protocol.max);
  writer.text(hello.cluster);
  writer.text(hello.name);
  writer.text(hello.id);
  writer.number(hello.incarnation);
  writer.text(hello.version);
  writer.signed_number(hello.started_ms);
  writer.number(hello.config_version);
  write_address(writer, hello.address);
  writer.number(hello.members.size());
  for (const auto& member : hello.members) {
    writer.text(member.name);
    write_address(writer, member.address);
  }
  writer.byte(hello.may_vote ? 1 : 0);
  writer.byte(hello.is_leaving ? 1 : 0);
  // What an older node does not read is only said where there is something to say.
  if (!hello.recovered_from.empty() || hello.number) writer.number(hello.recovered_from.size());
  for (const auto& cluster : hello.recovered_from) writer.text(cluster);
  if (hello.number) writer.number(*hello.number);
  return writer.take();
}

Result<Hello> decode_hello(std::string_view bytes) {
  if (bytes.size() > Hello::bytes_max) return fail(ErrorKind::invalid_value, "a hello is too long");
  WireReader reader{bytes};
  Hello hello;
  hello.protocol.min = read_version(reader);
  hello.protocol.max = read_version(reader);
  if (hello.protocol.min > hello.protocol.max) reader.fail();
  hello.cluster = read_name(reader, Hello::cluster_max);
  hello.name = read_name(reader, Hello::name_max);
  hello.id = read_name(reader, Hello::name_max);
  hello.incarnation = reader.number();
  hello.version = read_name(reader, Hello::name_max);
  hello.started_ms = reader.signed_number(0, std::int64_t{1} << 53);
  hello.config_version = reader.number();
  hello.address = read_address(reader);
  const auto members = reader.number(Hello::members_max);
  for (std::uint64_t i = 0; i < members && !reader.failed(); ++i) {
    auto& member = hello.members.emplace_back();
    member.name = read_name(reader, Hello::name_max);
    member.address = read_address(reader);
  }
  const auto may_vote = reader.byte();
  if (may_vote > 1) reader.fail();
  hello.may_vote = may_vote == 1;
  const auto is_leaving = reader.byte();
  if (is_leaving > 1) reader.fail();
  hello.is_leaving = is_leaving == 1;
  const auto recovered = reader.at_end() ? 0 : reader.number(Hello::recovered_max);
  for (std::uint64_t i = 0; i < recovered && !reader.failed(); ++i)
    hello.recovered_from.push_back(read_name(reader, Hello::cluster_max));
  if (!reader.at_end() && !reader.failed())
    hello.number = static_cast<std::uint32_t>(reader.number(~std::uint32_t{0}));
  // What stands behind it is a newer node's.
  if (reader.failed() || hello.name.empty())
    return fail(ErrorKind::invalid_value, "a hello is malformed");
  return hello;
}

std::string encode(const Greeting& greeting) {
  WireWriter writer;
  if (const auto* hello = std::get_if<Hello>(&greeting)) {
    writer.byte(welcome);
    return writer.take() + encode(*hello);
  }
  const auto& refusal = std::get<LinkRefusal>(greeting);
  writer.byte(refused);
  writer.byte(static_cast<std::uint8_t>(refusal.reason));
  writer.text(refusal.text);
  if (!refusal.cluster.empty()) writer.text(refusal.cluster);
  return writer.take();
}

Result<Greeting> decode_greeting(std::string_view bytes) {
  WireReader reader{bytes};
  const auto kind = reader.byte();
  if (kind == welcome) {
    GATEWAY_TRY(auto hello, decode_hello(bytes.substr(1)));
    return Greeting{std::move(hello)};
  }
  if (kind == refused) {
    const auto reason = reason_of(reader.byte());
    auto text = read_plain(reader, text_max, ' ');
    auto cluster = reader.at_end() ? std::string{} : read_name(reader, Hello::cluster_max);
    if (!reader.failed()) return Greeting{LinkRefusal{reason, std::move(text), std::move(cluster)}};
  }
  return fail(ErrorKind::invalid_value, "an answer to a hello is malformed");
}

Judgement
judge(const Hello& own, const Hello& theirs, const std::vector<LinkedLife>& linked, bool began) {
  using enum LinkRefusal::Reason;
  if (own.protocol.max < theirs.protocol.min || theirs.protocol.max < own.protocol.min)
    return refuse(
      no_common_protocol,
      fmt::format(
        "{} speaks cluster protocol {}, {} speaks {}: upgrade the older one; nodes one release "
        "apart understand each other.",
        own.name,
        range(own.protocol),
        theirs.name,
        range(theirs.protocol)));
  if (own.id == theirs.id && own.incarnation == theirs.incarnation)
    return refuse(ourselves, fmt::format("{} has called itself.", own.name));
  if (!own.cluster.empty() && !theirs.cluster.empty() && own.cluster != theirs.cluster)
    return refuse(
      wrong_cluster,
      fmt::format(
        "{} belongs to cluster {}, {} to cluster {}: a data folder stays with its cluster. Join "
        "with an empty one, or mend --join.",
        own.name,
        own.cluster,
        theirs.name,
        theirs.cluster));
  if (own.name == theirs.name)
    return refuse(
      duplicate_identity,
      fmt::format("two nodes are called {}: give each its own --node.", own.name));
  if (own.id == theirs.id)
    return refuse(
      duplicate_identity,
      fmt::format(
        "{} and {} run with one data folder, or a copy of it: give each its own --data.",
        own.name,
        theirs.name));
  const auto known = std::ranges::find_if(linked, [&](const LinkedLife& life) {
    return life.name == theirs.name || life.id == theirs.id;
  });
  return known == linked.end() ? Judgement{} : judge_known(own, theirs, *known, began);
}

std::uint16_t common_protocol(const ProtocolRange& one, const ProtocolRange& other) noexcept {
  return std::min(one.max, other.max);
}

} // namespace gateway
