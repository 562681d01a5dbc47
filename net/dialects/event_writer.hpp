#pragma once

#include "net/unified/event.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Unified events as OpenAI's chunks, each a whole server-sent event (openai.md, section 4): per
/// choice the role first, then pieces, then the finish reason.
/// Usage, `[DONE]` and errors are none of its business: they end a stream, and that is the call's.
class EventWriter {
public:
  struct Identity {
    std::string id;             // used where the provider names none
    std::int64_t created = 0;   // unix seconds
    std::string_view dialect;   // whose signatures these are
    bool usage_follows = false; // then every chunk says `usage: null`
  };
  explicit EventWriter(Identity identity) : identity_(std::move(identity)) {}

  void write(const StreamEvent& event, std::string& out);

  /// The chunk with no choices that tells the usage.
  void write_usage(const Usage& usage, std::string& out) const;

private:
  struct CallBlock {
    std::int64_t choice;
    std::int64_t block;
    std::int64_t call; // running number of the tool calls of a choice
  };

  void begin_chunk(std::string& out) const;
  void begin_delta(std::int64_t choice, std::string& out) const;
  void end_delta(std::string_view logprobs, std::string_view finish, std::string& out) const;
  void write_role(std::int64_t choice, std::string& out);
  void write_piece(const StreamEvent& event, std::string& out);
  void write_call(const StreamEvent& event, std::string& out);
  void write_signature(const StreamEvent& event, std::string& out);
  void write_redacted(const StreamEvent& event, std::string& out);
  void end_thinking(const StreamEvent& event, std::string& out) const;
  std::int64_t call_number(const StreamEvent& event) const;

  Identity identity_;
  std::string model_;
  std::vector<std::int64_t> begun_; // choices whose role was written
  std::vector<CallBlock> calls_;
};

} // namespace gateway
