#pragma once

#include "actors/cluster/peer_address.hpp"
#include "net/base/log.hpp"
#include "net/base/result.hpp"
#include "net/http/server.hpp"
#include "persistence/journal.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What `llm-gateway serve` was told (contract, section 2).
struct ServeOptions {
  std::string config = "cluster-config/gateway.json";
  bool config_wins = false;
  std::string data = "./data";
  std::vector<Listen> listen; // default 127.0.0.1:8080
  std::vector<std::string> public_urls;
  std::string tls_cert;
  std::string tls_key;
  std::size_t threads = 0; // 0: one per core
  std::string node;        // default: the host name
  std::optional<PeerAddress> cluster_listen;
  std::vector<PeerAddress> join;
  std::string cluster_tls; // the folder
  std::optional<PeerAddress> cluster_advertise;
  bool voter = true;
  bool no_voter = false;
  bool leave_on_stop = false;
  std::optional<std::string> shm;
  Durability durability = Durability::write;
  bool demo = false;
  std::string admin_key_file;
  std::string admin_key; // LLM_GATEWAY_ADMIN_KEY
  bool allow_open = false;
  std::chrono::seconds drain{30};
  log::Level log_level = log::Level::info;
  log::Format log_format = log::Format::text;
  bool help = false;
};

/// Looks up an environment variable; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Reads the command line; what it leaves out comes from the environment (`--data` is
/// LLM_GATEWAY_DATA). Errors: invalid_value, naming the option and what it takes.
Result<ServeOptions>
read_serve_options(std::span<const std::string_view> args, const Environment& environment);

/// `HOST:PORT`, `[v6]:PORT` or `:PORT`. Errors: invalid_value.
Result<Listen> read_listen(std::string_view text);

/// `HOST:PORT` or `[v6]:PORT` of somebody else: both must be there. Errors: invalid_value.
Result<PeerAddress> read_peer_address(std::string_view text);

/// HOST of a URL, without its port.
std::string host_of_url(const std::string& url);

std::string_view serve_help() noexcept;

} // namespace gateway
