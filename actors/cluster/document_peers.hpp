#pragma once

#include "actors/cluster/message_parts.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What the document logs of nodes say to each other, on its way: whole where it is short, in
/// parts where it is long.
class DocumentPeers {
public:
  enum class Kind : std::uint8_t {
    agreement = 1, // a RaftMessage
    proposal = 2,  // a DocumentEntry for the leader
  };
  struct Outgoing {
    std::string to;
    std::string bytes;
  };
  struct Received {
    Kind kind = Kind::agreement;
    std::string bytes;
  };

  /// `random_number` tells long messages apart.
  explicit DocumentPeers(std::function<std::uint64_t()> random_number);

  /// A long message is not sent while another one to that node is under way: it would be late, and
  /// what still needs to be said is said again.
  void send(const std::string& to, Kind kind, std::string_view bytes);
  /// Sends more of the long ones, `parts` to each node.
  void send_parts(std::size_t parts);
  /// A message, once it is whole. Errors: invalid_value.
  Result<std::optional<Received>> receive(const std::string& from, std::string_view bytes);
  std::vector<Outgoing> take();

private:
  std::function<std::uint64_t()> random_number_;
  std::map<std::string, MessageCutter> cutters_;
  std::map<std::string, MessageJoiner> joiners_;
  std::vector<Outgoing> outgoing_;
};

} // namespace gateway
