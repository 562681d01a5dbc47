#pragma once

#include "net/base/result.hpp"
#include "net/demo/settings.hpp"
#include "net/http/server.hpp"

#include <span>
#include <string>

namespace gateway {

/// What `llm-gateway demo-provider …` was asked for.
struct DemoOptions {
  DemoSettings settings;
  Listen listen{"127.0.0.1", 0};
  bool help = false;
};

/// Reads the words behind `demo-provider`: `--option value` or `--option=value`.
/// Errors: invalid_value, with the option's name in the message.
Result<DemoOptions> read_demo_options(std::span<const char* const> words);

/// Every option with its meaning.
std::string demo_options_help();

/// `llm-gateway demo-provider`: serves one simulated provider until SIGTERM or SIGINT, after it
/// printed `listening on http://HOST:PORT`. Answers with the exit status: 0, 1 where the address
/// can't be had, 2 where the words make no sense.
int run_demo_provider(std::span<const char* const> words);

} // namespace gateway
