#include "actors/node/options.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <unistd.h>

namespace gateway {
namespace {

constexpr std::size_t threads_max = 256;
constexpr std::int64_t drain_seconds_max = 86'400;

Result<std::int64_t> read_number(std::string_view text, std::int64_t min, std::int64_t max) {
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || number < min || number > max)
    return fail(
      ErrorKind::invalid_value,
      "takes a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return number;
}

template <class Value>
Result<Value> read_choice(std::string_view text, const std::map<std::string_view, Value>& choices) {
  if (const auto found = choices.find(text); found != choices.end()) return found->second;
  std::string message = "takes one of";
  for (const auto& [name, value] : choices) message += " " + std::string{name};
  return fail(ErrorKind::invalid_value, std::move(message));
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "node";
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'
      || c == '_' || c == '-';
  });
}

using Take = std::function<Result<void>(std::string_view value)>;

struct Option {
  bool takes_value = true;
  Take take;
};

// Every option of `serve`, by its name without the dashes.
class Options {
public:
  explicit Options(ServeOptions& into) : into_(into) {
    text("config", into.config);
    flag("config-wins", into.config_wins);
    text("data", into.data);
    add("listen", [this](std::string_view value) -> Result<void> {
      GATEWAY_TRY(auto listen, read_listen(value));
      into_.listen.push_back(std::move(listen));
      return {};
    });
    add("public-url", [this](std::string_view value) -> Result<void> {
      if (!value.starts_with("http://") && !value.starts_with("https://"))
        return fail(ErrorKind::invalid_value, "takes a URL that begins with http:// or https://");
      into_.public_urls.emplace_back(value);
      return {};
    });
    text("tls-cert", into.tls_cert);
    text("tls-key", into.tls_key);
    add("threads", [this](std::string_view value) -> Result<void> {
      GATEWAY_TRY(const auto number, read_number(value, 1, threads_max));
      into_.threads = static_cast<std::size_t>(number);
      return {};
    });
    add("node", [this](std::string_view value) -> Result<void> {
      if (!is_name(value))
        return fail(ErrorKind::invalid_value, "takes a name of [A-Za-z0-9._-], at most 64 of them");
      into_.node = value;
      return {};
    });
    add("cluster-listen", [this](std::string_view value) -> Result<void> {
      GATEWAY_TRY(auto listen, read_listen(value));
      into_.cluster_listen = PeerAddress{std::move(listen.host), listen.port};
      return {};
    });
    add("join", [this](std::string_view value) -> Result<void> {
      GATEWAY_TRY(auto address, read_peer_address(value));
      into_.join.push_back(std::move(address));
      return {};
    });
    text("cluster-tls", into.cluster_tls);
    add("cluster-advertise", [this](std::string_view value) -> Result<void> {
      GATEWAY_TRY(into_.cluster_advertise, read_peer_address(value));
      return {};
    });
    flag("voter", into.voter);
    flag("no-voter", into.no_voter);
    flag("leave-on-stop", into.leave_on_stop);
    add("shm", [this](std::string_view value) -> Result<void> {
      into_.shm = std::string{value};
      return {};
    });
    add("durability", [this](std::string_view value) -> Result<void> {
      GATEWAY_TRY(
        into_.durability,
        read_choice<Durability>(value, {{"write", Durability::write}, {"sync", Durability::sync}}));
      return {};
    });
    flag("demo", into.demo);
    text("admin-key-file", into.admin_key_file);
    flag("allow-open", into.allow_open);
    add("drain-seconds", [this](std::string_view value) -> Result<void> {
      GATEWAY_TRY(const auto number, read_number(value, 0, drain_seconds_max));
      into_.drain = std::chrono::seconds{number};
      return {};
    });
    add("log-level", [this](std::string_view value) -> Result<void> {
      using enum log::Level;
      GATEWAY_TRY(
        into_.log_level,
        read_choice<log::Level>(
          value,
          {{"trace", trace},
           {"debug", debug},
           {"info", info},
           {"warn", warn},
           {"error", error},
           {"off", off}}));
      return {};
    });
    add("log-format", [this](std::string_view value) -> Result<void> {
      GATEWAY_TRY(
        into_.log_format,
        read_choice<log::Format>(
          value, {{"text", log::Format::text}, {"json", log::Format::json}}));
      return {};
    });
    flag("help", into.help);
  }

  const Option* find(const std::string& name) const {
    const auto found = options_.find(name);
    return found == options_.end() ? nullptr : &found->second;
  }
  const std::map<std::string, Option>& all() const { return options_; }

private:
  void add(std::string name, Take take) { options_[std::move(name)] = {true, std::move(take)}; }
  void text(std::string name, std::string& into) {
    add(std::move(name), [&into](std::string_view value) -> Result<void> {
      into = value;
      return {};
    });
  }
  void flag(std::string name, bool& into) {
    options_[std::move(name)] = {
      false, [&into](std::string_view value) -> Result<void> {
        GATEWAY_TRY(
          into,
          read_choice<bool>(
            value, {{"", true}, {"1", true}, {"true", true}, {"0", false}, {"false", false}}));
        return {};
      }};
  }

  ServeOptions& into_;
  std::map<std::string, Option> options_;
};

// --data → LLM_GATEWAY_DATA
std::string variable_of(const std::string& option) {
  std::string name = "LLM_GATEWAY_";
  for (const char c : option)
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

Result<void> check_cluster_options(const ServeOptions& options) {
  const bool more_said =
    !options.join.empty() || !options.cluster_tls.empty() || options.cluster_advertise;
  if (!options.cluster_listen && more_said)
    return fail(
      ErrorKind::invalid_value,
      "--join, --cluster-tls and --cluster-advertise need --cluster-listen HOST:PORT.");
  if (options.cluster_listen && options.cluster_tls.empty())
    return fail(
      ErrorKind::invalid_value,
      "--cluster-listen needs --cluster-tls DIR with ca.pem, node.pem and node.key: nodes speak "
      "with certificates or not at all.");
  return {};
}

Failed at(const std::string& option, const Error& error) {
  return fail(ErrorKind::invalid_value, option + " " + error.message + ".");
}

} // namespace

Result<Listen> read_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return fail(ErrorKind::invalid_value, "takes HOST:PORT, for example 127.0.0.1:8080");
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto port = read_number(text.substr(colon + 1), 0, 65'535);
  if (!port) return fail(ErrorKind::invalid_value, "takes HOST:PORT with a port from 0 to 65535");
  return Listen{host.empty() ? "0.0.0.0" : std::string{host}, static_cast<std::uint16_t>(*port)};
}

Result<PeerAddress> read_peer_address(std::string_view text) {
  GATEWAY_TRY(auto read, read_listen(text));
  if (text.starts_with(':') || read.port == 0)
    return fail(
      ErrorKind::invalid_value, "takes HOST:PORT, for example gateway-2.example.org:7946");
  return PeerAddress{std::move(read.host), read.port};
}

Result<ServeOptions>
read_serve_options(std::span<const std::string_view> args, const Environment& environment) {
  ServeOptions into;
  const Options options{into};
  std::vector<std::string> given;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto arg = args[i];
    if (!arg.starts_with("--"))
      return fail(ErrorKind::invalid_value, "'" + std::string{arg} + "' is no option of serve.");
    const auto equals = arg.find('=');
    const std::string name{arg.substr(2, equals == arg.npos ? arg.npos : equals - 2)};
    const auto* option = options.find(name);
    if (option == nullptr)
      return fail(
        ErrorKind::invalid_value, "serve has no option --" + name + "; see serve --help.");
    std::string_view value;
    if (equals != arg.npos) {
      value = arg.substr(equals + 1);
    } else if (option->takes_value) {
      if (++i == args.size())
        return fail(ErrorKind::invalid_value, "--" + name + " needs a value.");
      value = args[i];
    }
    if (auto taken = option->take(value); !taken) return at("--" + name, taken.error());
    given.push_back(name);
  }
  for (const auto& [name, option] : options.all()) {
    if (std::ranges::find(given, name) != given.end() || name == "help") continue;
    const auto variable = variable_of(name);
    const auto value = environment(variable);
    if (!value || value->empty()) continue;
    if (auto taken = option.take(*value); !taken) return at(variable, taken.error());
  }
  if (const auto key = environment("LLM_GATEWAY_ADMIN_KEY")) into.admin_key = *key;
  if (into.listen.empty()) into.listen.push_back({"127.0.0.1", 8080});
  if (into.node.empty()) into.node = host_name();
  if (into.tls_cert.empty() != into.tls_key.empty())
    return fail(ErrorKind::invalid_value, "--tls-cert and --tls-key go together.");
  if (auto good = check_cluster_options(into); !good) return fail(std::move(good.error()));
  return into;
}

std::string host_of_url(const std::string& url) {
  const auto begin = url.find("://") + 3;
  const auto authority = url.substr(begin, url.find('/', begin) - begin);
  return authority.substr(0, authority.rfind(':'));
}

std::string_view serve_help() noexcept {
  return R"(llm-gateway serve: one node

  --config FILE         the document (default cluster-config/gateway.json); read at the first start,
                        after that the data folder holds the live one
  --config-wins         take the file again, as a new version
  --data DIR            the JSON store (default ./data)
  --listen HOST:PORT    default 127.0.0.1:8080; may be repeated; port 0 picks a free one
  --public-url URL      how people reach the node through a name or a proxy; may be repeated
  --tls-cert FILE --tls-key FILE
                        serve HTTPS; read again on SIGHUP, and when they change
  --threads N           default: one per core
  --node NAME           default: the host name
  --cluster-listen HOST:PORT
                        where other nodes reach this one
  --join HOST:PORT      another node's cluster port; may be repeated; a name with many addresses
                        means all of them; any one node of a cluster is enough
  --cluster-tls DIR     ca.pem, node.pem, node.key: who may belong to the cluster; read again like
                        the above
  --cluster-advertise HOST:PORT
                        where others reach the cluster port, if elsewhere
  --voter, --no-voter   may take part in elections (default: may)
  --leave-on-stop       a stop hands all quota over and leaves the cluster for good; default: what
                        the node holds stays in its permit book until it is there again
  --shm DIR             where the permit book lies (default /dev/shm)
  --durability write|sync
                        what "recorded" means: written to the system (default), or on the disk
  --demo                add the simulated providers
  --admin-key-file FILE the admin key (default: made at the first start, in DATA/admin-key)
  --allow-open          no API key is needed on any address
  --drain-seconds N     how long a stop waits for running requests (default 30)
  --log-level trace|debug|info|warn|error|off
  --log-format text|json

Every option can be an environment variable, LLM_GATEWAY_DATA for --data; the command line wins.
LLM_GATEWAY_ADMIN_KEY is the admin key itself.
)";
}

} // namespace gateway
