#include "actors/config/check.hpp"
#include "actors/node/node.hpp"
#include "actors/node/options.hpp"
#include "actors/node/recover_command.hpp"
#include "actors/node/usage_command.hpp"
#include "actors/node/version.hpp"
#include "net/demo/demo_options.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace gateway {
namespace {

constexpr std::string_view help = R"(llm-gateway: one door to many LLM providers

  llm-gateway serve           one node; see serve --help
  llm-gateway check FILE      validate a config; see check --help
  llm-gateway demo-provider   one simulated provider; see demo-provider --help
  llm-gateway usage           totals from a data folder, without a running node; see usage --help
  llm-gateway recover         goes on alone when most voters of a cluster are lost for good; see
                              recover --help
  llm-gateway --version, --help
)";

constexpr std::string_view check_help = R"(llm-gateway check FILE: validate a config

Writes every problem as POINTER LINE:COLUMN error|warning CODE MESSAGE, one a line, then their
number. Exits with 1 where one of them is an error or the file can't be read, else with 0.
)";

constexpr int misused = 2;

// Whoever exchanges certificates does not always send a signal (cert-manager can't).
constexpr timespec look_every{30, 0};

// One descriptor a client and one a provider connection: the soft limit of 1 024 is soon reached.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::optional<std::string> own_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::optional<std::string>{} : std::optional<std::string>{value};
}

// With the same options, but that an operator's word for one start is not said again.
void begin_anew(char* const* words) {
  std::vector<char*> said;
  for (; *words != nullptr; ++words)
    if (!std::string_view{*words}.starts_with("--config-wins")) said.push_back(*words);
  said.push_back(nullptr);
  ::unsetenv("LLM_GATEWAY_CONFIG_WINS");
  ::execv("/proc/self/exe", said.data());
}

// `words`: of the whole command line, to begin it anew.
int serve(std::span<const std::string_view> args, char* const* words) {
  auto options = read_serve_options(args, own_environment);
  if (!options) {
    std::cerr << options.error().message << "\n";
    return misused;
  }
  if (options->help) {
    std::cout << serve_help();
    return 0;
  }
  log::start(options->log_level, options->log_format);
  raise_file_limit();

  // Blocked before any thread exists, so that only sigwait below ever sees them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto node = Node::start(*std::move(options));
  if (!node) {
    std::cerr << "llm-gateway can't start: " << node.error().message << "\n";
    return 1;
  }
  for (;;) {
    const int signal = sigtimedwait(&signals, nullptr, &look_every);
    if (signal == SIGHUP || (signal == -1 && errno == EAGAIN)) (*node)->reload(signal == SIGHUP);
    if (signal == SIGTERM || signal == SIGINT) break;
  }
  // Who asks at the terminal a second time does not want to wait for what still runs.
  sigset_t impatience;
  sigemptyset(&impatience);
  sigaddset(&impatience, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &impatience, nullptr);
  const bool is_good = (*node)->drain();
  const bool begins_anew = (*node)->begins_anew();
  node = fail(ErrorKind::internal, ""); // it ends before the next one begins
  if (begins_anew) begin_anew(words);
  return is_good ? 0 : 1;
}

int check(std::span<const std::string_view> args) {
  if (args.size() == 1 && args.front() == "--help") {
    std::cout << check_help;
    return 0;
  }
  if (args.size() == 1 && !args.front().starts_with("--"))
    return check_file(std::string{args.front()}, process_surroundings(), std::cout);
  std::cerr << check_help;
  return misused;
}

int run(std::span<char* const> words, char* const* all) {
  std::vector<std::string_view> args(words.begin(), words.end());
  const auto command = args.empty() ? std::string_view{"--help"} : args.front();
  if (!args.empty()) args.erase(args.begin());
  if (command == "serve") return serve(args, all);
  if (command == "demo-provider") return run_demo_provider(words.subspan(1));
  if (command == "usage") return run_usage(args, own_environment, std::cout, std::cerr);
  if (command == "recover")
    return run_recover(args, own_environment, std::cin, std::cout, std::cerr);
  if (command == "check") return check(args);
  if (command == "--version") {
    std::cout << "llm-gateway " << version() << "\n";
    return 0;
  }
  const bool asked = command == "--help" || command == "help";
  (asked ? std::cout : std::cerr) << help;
  return asked ? 0 : misused;
}

} // namespace
} // namespace gateway

int main(int count, char** words) {
  return gateway::run({words + 1, static_cast<std::size_t>(count > 0 ? count - 1 : 0)}, words);
}
