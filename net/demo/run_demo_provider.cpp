#include "net/demo/demo_options.hpp"
#include "net/demo/host.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace gateway {

int run_demo_provider(std::span<const char* const> words) {
  const auto options = read_demo_options(words);
  if (!options) {
    fmt::print(stderr, "{}\n\n{}", options.error().message, demo_options_help());
    return 2;
  }
  if (options->help) {
    fmt::print("{}", demo_options_help());
    return 0;
  }
  DemoHost host;
  const auto address = host.add(options->settings, options->listen);
  if (!address) {
    fmt::print(stderr, "{}\n", address.error().message);
    return 1;
  }
  fmt::print("listening on {}\n", *address);
  std::fflush(stdout);
  host.run_until_signalled();
  return 0;
}

} // namespace gateway
