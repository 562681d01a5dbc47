#pragma once

#include "net/dialects/json_reading.hpp"
#include "net/unified/chat.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What answers have in common, on their way into the one vocabulary and out of it.
namespace gateway {

/// Adds a block of that text, none if it is empty.
void add_text(std::vector<Block>& blocks, Block::Kind kind, std::string_view text);

/// A token's bytes, as OpenAI's logprobs list them.
Json bytes_of(std::string_view token);

/// An id for an answer whose provider gave none: unlike any other of this process.
std::string make_answer_id(std::string_view prefix);

} // namespace gateway
