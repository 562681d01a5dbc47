#pragma once

#include "net/dialects/json_reading.hpp"
#include "net/dialects/request_fields.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// What Claude models take, whoever serves them. Facts: providers/anthropic.md, whose sections the
/// comments name.
namespace gateway {

/// What a model takes; what it doesn't, it answers with 400 (section 2.1).
struct ClaudeModel {
  enum class Thinking : std::uint8_t { none, budget, adaptive };
  enum Feature : unsigned {
    sampling = 1,        // temperature, top_p, top_k
    both_sampling = 2,   // temperature and top_p in one request
    thinking_off = 4,    // thinking:disabled
    between_tools = 8,   // thinking:between_tools, which is nearest to off
    forced_tool = 16,    // tool_choice any or tool
    json_schema = 32,    // output_config.format, and strict tools
    assistant_last = 64, // a conversation that ends with an assistant's message
  };
  std::string_view id_part;    // the model's id contains this
  std::int64_t max_output = 0; // tokens; 0: unknown
  Thinking thinking = Thinking::none;
  unsigned features = 0;

  constexpr bool takes(Feature feature) const noexcept { return (features & feature) != 0; }
};

const ClaudeModel& claude_model(std::string_view id) noexcept;

/// The most a model can write: the document's word, else the table's; 0 if unknown.
std::int64_t claude_output_max(const ClaudeModel& model, const Target& target) noexcept;

/// What of a request decides over thinking.
struct ClaudeSituation {
  std::int64_t output_max = 0; // 0: unknown
  bool tool_forced = false;
  /// The last steps called tools and their thinking can't be replayed.
  bool thinking_lost = false;
};

/// How a model is told to think (section 3.1).
struct ClaudeThinking {
  Json thinking;           // null: nothing is said
  std::string_view effort; // of `output_config`; empty: nothing is said
  std::int64_t budget = 0; // tokens of `max_tokens` that it thinks with; 0: none are set aside
  bool thinks = false;

  /// `max_tokens` with room for an answer behind the thoughts, `output_max` at most.
  std::int64_t with_room(std::int64_t max_tokens, std::int64_t output_max) const noexcept;
};

/// Errors: invalid_value.
Result<ClaudeThinking> claude_thinking(
  const ChatRequest& request,
  const ClaudeModel& model,
  const ClaudeSituation& situation,
  RequestFields& fields);

/// Thoughts that their maker takes back: `origin` is whose signatures it knows.
bool is_replayable(const Block& block, std::string_view origin) noexcept;
/// Whether, behind the user's last words, an assistant called tools without its thinking.
bool is_thinking_lost(const ChatRequest& request, std::string_view origin) noexcept;

/// What is sent of the request's sampling parameters; `takes`: the model and its API do at all.
struct ClaudeSampling {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<std::uint64_t> top_k;
};
ClaudeSampling claude_sampling(
  const ChatRequest& request,
  const ClaudeModel& model,
  bool takes,
  bool thinks,
  RequestFields& fields);

} // namespace gateway
