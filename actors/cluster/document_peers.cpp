#include "actors/cluster/document_peers.hpp"

#include <utility>

namespace gateway {
namespace {

constexpr char version = 1;
constexpr char part_kind = 3;

std::string enveloped(char kind, std::string_view bytes) {
  std::string message{version, kind};
  message += bytes;
  return message;
}

} // namespace

DocumentPeers::DocumentPeers(std::function<std::uint64_t()> random_number)
    : random_number_(std::move(random_number)) {}

void DocumentPeers::send(const std::string& to, Kind kind, std::string_view bytes) {
  auto message = enveloped(static_cast<char>(kind), bytes);
  if (message.size() <= message_part_bytes_max) {
    outgoing_.push_back({to, std::move(message)});
    return;
  }
  auto& cutter = cutters_[to];
  const bool is_too_long = message.size() > message_parts_max * message_part_bytes_max;
  if (!cutter.is_busy() && !is_too_long) cutter.take(std::move(message), random_number_());
}

void DocumentPeers::send_parts(std::size_t parts) {
  for (auto& [to, cutter] : cutters_)
    for (std::size_t sent = 0; cutter.is_busy() && sent < parts; ++sent)
      outgoing_.push_back({to, enveloped(part_kind, cutter.next())});
}

Result<std::optional<DocumentPeers::Received>>
DocumentPeers::receive(const std::string& from, std::string_view bytes) {
  std::optional<std::string> joined;
  if (bytes.size() > 2 && bytes[0] == version && bytes[1] == part_kind) {
    GATEWAY_TRY(joined, joiners_[from].take(bytes.substr(2)));
    if (!joined) return std::optional<Received>{};
    bytes = *joined;
  }
  const bool is_known = bytes.size() > 2 && bytes[0] == version
    && (bytes[1] == static_cast<char>(Kind::agreement)
        || bytes[1] == static_cast<char>(Kind::proposal));
  if (!is_known)
    return fail(ErrorKind::invalid_value, "a message of a peer's document log is of no kind");
  return std::optional{Received{static_cast<Kind>(bytes[1]), std::string{bytes.substr(2)}}};
}

std::vector<DocumentPeers::Outgoing> DocumentPeers::take() {
  return std::exchange(outgoing_, {});
}

} // namespace gateway
