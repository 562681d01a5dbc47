#pragma once

#include "net/unified/chat.hpp"
#include "net/unified/failure.hpp"
#include "net/unified/usage.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace gateway {

/// One step of a streamed answer in the one vocabulary. Order per choice: start, then blocks
/// (block_start, block_delta…, block_stop; blocks of one choice do not interleave but for tool
/// calls, told apart by `block`), then finish; usage is cumulative; end or error is the last.
struct StreamEvent {
  enum class Kind : std::uint8_t {
    start,       // id, model
    block_start, // block, block_kind; tool_call: id, name
    block_delta, // block, block_kind, text: a piece of text, reasoning, refusal or arguments
    signature,   // block, text: the block's opaque signature
    redacted,    // block, text: all of a block of reasoning that only its maker can read
    block_stop,  // block
    finish,      // finish
    usage,       // usage: all so far
    error,       // failure
    end
  };
  Kind kind = Kind::start;
  std::int64_t choice = 0;
  std::int64_t block = 0; // running number within the choice
  Block::Kind block_kind = Block::Kind::text;
  std::string id;
  std::string name;
  std::string text;
  std::string logprobs; // OpenAI's JSON as text, on block_delta
  FinishReason finish = FinishReason::none;
  Usage usage;
  std::optional<Failure> failure;
};

} // namespace gateway
