#pragma once

#include "actors/cluster/peer_address.hpp"
#include "net/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The first thing that two nodes say to each other, and whether they go on talking after it.
namespace gateway {

/// What this executable speaks. A release that changes a message raises `max` and understands
/// `max - 1` as well, so that nodes can be replaced one after the other.
struct ProtocolRange {
  std::uint16_t min = 2;
  std::uint16_t max = 2;

  friend bool operator==(const ProtocolRange&, const ProtocolRange&) = default;
};

/// A member that the one who tells is linked to.
struct KnownMember {
  std::string name;
  PeerAddress address;

  friend bool operator==(const KnownMember&, const KnownMember&) = default;
};

/// Who a node is. Its first fields never change, so that nodes of any two releases can tell each
/// other why they can't talk; a newer one may say more at its end.
struct Hello {
  static constexpr std::size_t bytes_max = 64 * 1024;
  static constexpr std::size_t members_max = 128;
  static constexpr std::size_t cluster_max = 64;
  static constexpr std::size_t recovered_max = 64;
  static constexpr std::size_t name_max = 64;
  static constexpr std::size_t host_max = 255;

  ProtocolRange protocol;
  std::string cluster; // empty: belongs to none yet
  std::string name;
  std::string id;                // of its data folder
  std::uint64_t incarnation = 0; // of this life of the data folder
  std::string version;           // of the executable
  std::int64_t started_ms = 0;   // wall time
  std::uint64_t config_version = 0;
  PeerAddress address; // where others reach it
  std::vector<KnownMember> members;
  bool may_vote = true;    // take part in elections
  bool is_leaving = false; // the cluster, for good
  /// Clusters that its own one goes on from, without those who were lost (llm-gateway recover).
  std::vector<std::string> recovered_from = {};
  std::optional<std::uint32_t> number = {}; // of the member that it is, where it knows

  friend bool operator==(const Hello&, const Hello&) = default;
};

/// Why two nodes don't talk.
struct LinkRefusal {
  enum class Reason : std::uint8_t {
    wrong_cluster = 1,
    no_common_protocol = 2,
    duplicate_identity = 3,
    ourselves = 4,
    linked_already = 5, // nothing is wrong
    malformed = 6,
    removed = 7, // from the cluster: its data folder is no member's any more
  };
  Reason reason = Reason::malformed;
  std::string text; // the same on both sides: it names both nodes
  /// Removed, and from a cluster that was recovered: the one that went on from it.
  std::string cluster = {};

  friend bool operator==(const LinkRefusal&, const LinkRefusal&) = default;
};
using Greeting = std::variant<Hello, LinkRefusal>;

std::string encode(const Hello& hello);
std::string encode(const Greeting& greeting);
/// Errors: invalid_value, for what `encode` never makes.
Result<Hello> decode_hello(std::string_view bytes);
Result<Greeting> decode_greeting(std::string_view bytes);

/// Of a life that one is linked with at this moment.
struct LinkedLife {
  std::string name;
  std::string id;
  std::uint64_t incarnation = 0;
  bool is_ours = false; // this node began the link
};

/// Whether two nodes go on talking; nothing if they do. Both decide, each on what the other said.
/// `began`: this node dialled. Where both do so at once, the link that the smaller name began is
/// the one that stays: `replaces` then says that the one there was is to be dropped for this one.
struct Judgement {
  std::optional<LinkRefusal> refusal;
  bool replaces = false;
};
Judgement
judge(const Hello& own, const Hello& theirs, const std::vector<LinkedLife>& linked, bool began);

/// The protocol of a link between these two, who have one in common.
std::uint16_t common_protocol(const ProtocolRange& one, const ProtocolRange& other) noexcept;

} // namespace gateway
