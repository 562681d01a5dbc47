#pragma once

#include "net/dialects/cache_marks.hpp"
#include "net/dialects/claude.hpp"
#include "net/dialects/dialect.hpp"
#include "net/dialects/json_reading.hpp"
#include "net/dialects/request_fields.hpp"
#include "net/dialects/tool_schema.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// The parts of the anthropic dialect; nobody else includes this.
/// Facts: providers/anthropic.md, whose sections the comments name.
namespace gateway {

constexpr std::string_view anthropic_name = "anthropic";

/// `system` and `messages` of a request (section 3).
struct AnthropicMessages {
  Json system = Json::array();
  Json messages = Json::array();
  bool uses_files = false; // which is a beta
  /// The last steps called tools and their thinking can't be replayed: thinking by budget would
  /// be refused (section 3.1).
  bool thinking_lost = false;
};

/// Puts `cache_control` into a block where a breakpoint is sent behind it.
void mark_cached(Json& block, const std::string& ttl, CacheMarks& marks);

/// Errors: unsupported_parameter, invalid_value.
Result<AnthropicMessages> write_anthropic_messages(
  const ChatRequest& request, const ClaudeModel& model, RequestFields& fields, CacheMarks& marks);

/// `tools` and `tool_choice` of a request (section 3).
struct AnthropicTools {
  Json list = Json::array();
  Json choice;         // null: none
  bool forced = false; // the model must call a tool
};

/// Errors: unsupported_parameter, invalid_value.
Result<AnthropicTools> write_anthropic_tools(
  const ChatRequest& request, const ClaudeModel& model, RequestFields& fields, CacheMarks& marks);

/// The body of a request, and whether a beta is needed. Errors as above.
struct AnthropicBody {
  Json json = Json::object();
  bool uses_files = false;
};
Result<AnthropicBody>
write_anthropic_body(const ChatRequest& request, const Target& target, RequestFields& fields);

/// Whether the version in use takes temperature and the like (section 1.1).
bool takes_anthropic_sampling(const Target& target) noexcept;
/// Path and headers of a request; `betas`: comma-separated, may be empty.
void add_anthropic_head(OutgoingRequest& request, const Target& target, std::string_view betas);

/// Errors: upstream_invalid_response.
Result<ChatAnswer> read_anthropic_answer(std::string_view body);
FinishReason read_anthropic_finish(std::string_view stop_reason) noexcept;

/// Usage as it was told piece by piece: of each count the latest that is no null.
class AnthropicUsage {
public:
  void take(const Json& usage);
  Usage usage() const noexcept; // in OpenAI's counting

private:
  void take_counts(const Json& counts);
  void take_iterations(std::span<const Json> iterations);

  std::optional<std::int64_t> input_;
  std::optional<std::int64_t> cache_read_;
  std::optional<std::int64_t> cache_write_;
  std::optional<std::int64_t> cache_write_5m_;
  std::optional<std::int64_t> cache_write_1h_;
  std::optional<std::int64_t> output_;
  std::optional<std::int64_t> thinking_;
};

std::unique_ptr<EventReader> make_anthropic_reader();

/// What an error's body means; `body` null where it was no JSON (section 6). `headers` are empty
/// for an error within a stream.
Failure classify_anthropic(int status, std::span<const Header> headers, const Json* body);

} // namespace gateway
