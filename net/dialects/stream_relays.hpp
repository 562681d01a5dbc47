#pragma once

#include "net/dialects/client_format.hpp"

#include <memory>

namespace gateway {

/// How a provider's stream becomes the client's; see StreamRelay.

/// Where both speak OpenAI's format: whole events pass as they are.
/// `shows_usage`: the client asked for the usage chunk.
std::unique_ptr<StreamRelay> make_openai_relay(bool shows_usage);

/// Where they speak different ones: events are read and written anew.
std::unique_ptr<StreamRelay> make_translating_relay(
  const Dialect& dialect, const Target& target, std::unique_ptr<StreamWriter> writer);

} // namespace gateway
