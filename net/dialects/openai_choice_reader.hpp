#pragma once

#include "net/dialects/openai.hpp"
#include "net/dialects/think_tags.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

/// Tool calls of one choice; more is no answer a model would write.
constexpr std::size_t stream_calls_max = 1024;

/// One choice of a streamed answer: its deltas become blocks. Part of the openai event reader.
/// Tolerances: openai-compatible.md, section 3.
class OpenAiChoiceReader {
public:
  OpenAiChoiceReader(std::int64_t index, bool think_tags)
      : index_(index), think_tags_(think_tags) {}

  std::int64_t index() const noexcept { return index_; }
  bool finished() const noexcept { return finished_; }

  /// One `choices[i]` of a chunk. False: more tool calls than are read.
  bool take(const Json& choice, std::vector<StreamEvent>& events);
  /// Closes what is open.
  void stop(std::vector<StreamEvent>& events);

private:
  struct Call {
    std::int64_t index = -1; // the vendor's, -1 if it has none
    std::string id;
    std::string name;
    std::string early; // arguments that came before the name
    std::int64_t block = -1;
  };

  StreamEvent& push(
    std::vector<StreamEvent>& events,
    StreamEvent::Kind kind,
    std::int64_t block,
    Block::Kind block_kind);
  void add_text(Block::Kind kind, std::string_view text, std::vector<StreamEvent>& events);
  void add_content(const Json& content, std::vector<StreamEvent>& events);
  void close_text(std::vector<StreamEvent>& events);
  Call* call_of(const Json& piece, std::size_t position, bool alone);
  void add_call(Call& call, const Json& piece, std::vector<StreamEvent>& events);

  std::int64_t index_;
  bool think_tags_;
  ThinkTags tags_;
  bool finished_ = false;
  std::int64_t blocks_ = 0;
  std::int64_t open_text_ = -1; // the block of text, reasoning or refusal under way
  Block::Kind open_kind_ = Block::Kind::text;
  std::vector<Call> calls_;
  std::string logprobs_; // of the chunk under way, for its first piece of text
};

} // namespace gateway
