#include "actors/cluster/raft_servers.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t padded_to = 8;
constexpr std::size_t name_bytes_max = 64; // of a node (contract, section 3)

class Cursor {
public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number(std::size_t bytes) {
    if (rest_.size() < bytes) return fail();
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      value |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    rest_.remove_prefix(bytes);
    return value;
  }
  std::string text() {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) fail();
    if (failed_) return {};
    std::string value{rest_.substr(0, end)};
    rest_.remove_prefix(end + 1);
    return value;
  }
  // The library pads with what happens to lie in its memory.
  bool is_at_end() const { return !failed_ && rest_.size() < padded_to; }
  bool failed() const { return failed_; }

private:
  std::uint64_t fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

Failed malformed() {
  return fail(ErrorKind::invalid_value, "a list of the document log's servers is malformed");
}

} // namespace

Result<std::vector<RaftServer>> read_raft_servers(std::string_view bytes) {
  Cursor cursor{bytes};
  if (cursor.number(1) != format) return malformed();
  const auto count = cursor.number(8);
  if (count == 0 || count > raft_servers_max) return malformed();
  std::vector<RaftServer> servers;
  for (std::uint64_t i = 0; i < count && !cursor.failed(); ++i) {
    RaftServer server;
    server.id = cursor.number(8);
    server.name = cursor.text();
    const auto role = cursor.number(1);
    const auto is_known = [&](const RaftServer& other) {
      return other.id == server.id || other.name == server.name;
    };
    const bool is_sane = server.id > 0 && !server.name.empty()
      && server.name.size() <= name_bytes_max && role <= 2
      && std::ranges::none_of(servers, is_known);
    if (!is_sane) return malformed();
    server.role = static_cast<RaftServer::Role>(role);
    servers.push_back(std::move(server));
  }
  if (!cursor.is_at_end()) return malformed();
  return servers;
}

std::string_view role_text(const std::vector<RaftServer>& servers, const std::string& name) {
  const auto server = std::ranges::find(servers, name, &RaftServer::name);
  if (server == servers.end()) return "none";
  switch (server->role) {
  case RaftServer::Role::voter: return "voter";
  case RaftServer::Role::standby: return "standby";
  case RaftServer::Role::spare: return "spare";
  }
  return "none";
}

std::vector<std::string> voters_of(const std::vector<RaftServer>& servers) {
  std::vector<std::string> voters;
  for (const auto& server : servers)
    if (server.role == RaftServer::Role::voter) voters.push_back(server.name);
  std::ranges::sort(voters);
  return voters;
}

} // namespace gateway
