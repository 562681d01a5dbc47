#pragma once

#include "net/dialects/conversation.hpp"

#include <memory>

namespace gateway {

/// How a provider's stream becomes the client's; see StreamRelay.

/// For a provider that speaks OpenAI's format, as the client does: whole events pass as they are.
/// `shows_usage`: the client asked for the usage chunk.
std::unique_ptr<StreamRelay> make_passing_relay(bool shows_usage);

/// For any other: events are read and written anew.
std::unique_ptr<StreamRelay>
make_translating_relay(const Dialect& dialect, const Target& target, bool shows_usage);

/// An id for an answer whose provider gave none: unlike any other of this process.
std::string make_answer_id();

} // namespace gateway
