#pragma once

#include "net/base/header.hpp"
#include "net/base/result.hpp"
#include "net/demo/answer.hpp"
#include "net/demo/limiter.hpp"
#include "net/demo/request.hpp"
#include "net/http/exchange.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A dialect from the provider's side. It shares no code with net/dialects, which it tests.
namespace gateway {

enum class DemoOperation : std::uint8_t { chat, count_tokens, embeddings, list_models, show_model };

/// What a request's method and path ask for.
struct DemoTarget {
  DemoOperation operation = DemoOperation::chat;
  std::string model = {}; // where the path names it
  bool stream = false;    // where the path says it
  bool batch = false;
};

using DemoHeaders = std::vector<std::pair<std::string, std::string>>;

struct DemoReply {
  int status = 200;
  DemoHeaders headers;
  std::string body;
};

/// A piece of a streamed answer: one event.
struct DemoFrame {
  enum class Part : std::uint8_t { opening, token, closing, usage, terminator };
  std::string bytes;
  Part part = Part::opening;
};

/// Why a request is turned away, before a dialect words it.
struct DemoRefusal {
  int status = 500;
  Error error;
  std::optional<DemoLimitUnit> broken = {}; // of a 429: whose limit
};

struct DemoStandings {
  std::optional<DemoStanding> requests;
  std::optional<DemoStanding> tokens;
};

class DemoVoice {
public:
  virtual ~DemoVoice() = default;

  virtual std::optional<DemoTarget>
  target(std::string_view method, std::string_view path, std::string_view query) const = 0;
  /// The key the client showed.
  virtual std::optional<std::string_view>
  key(std::span<const Header> headers, std::string_view query) const = 0;
  /// Whether a request that shows no key of its own is signed with one. Errors: not_allowed.
  virtual Result<void> check_signature(const RequestHead&, std::string_view, WallTime) const {
    return {};
  }
  /// Errors: invalid_json, invalid_value, missing_field, unsupported_parameter.
  virtual Result<DemoRequest>
  read(const DemoTarget& target, std::span<const Header> headers, std::string_view body) const = 0;

  virtual std::string write(const DemoAnswer& answer, bool with_usage) const = 0;
  virtual std::vector<DemoFrame>
  write_stream(const DemoRequest& request, const DemoAnswer& answer, bool with_usage) const = 0;
  virtual std::string write_embeddings(const DemoRequest& request, bool with_usage) const = 0;
  virtual std::string write_token_count(std::int64_t tokens) const = 0;
  virtual std::string write_models(std::span<const std::string> models) const = 0;
  virtual std::string write_model(const std::string& model) const = 0;

  virtual DemoReply refuse(const DemoRefusal& refusal, std::string_view request_id) const = 0;
  /// An error event inside a stream that began well.
  virtual std::string write_stream_error() const = 0;
  /// How a stream's pieces are told apart: server-sent events, unless the dialect says otherwise.
  virtual std::string_view stream_type() const { return "text/event-stream"; }
  virtual std::string frame(std::string_view data) const {
    return "data: " + std::string{data} + "\n\n";
  }
  /// The header in which this provider names a request, and the ones that tell its limits.
  virtual void add_headers(
    DemoHeaders& headers,
    std::string_view request_id,
    const DemoStandings& standings,
    WallTime now) const = 0;
};

/// Null for a dialect that is not simulated.
const DemoVoice* find_demo_voice(std::string_view dialect) noexcept;

const DemoVoice& openai_demo_voice();
const DemoVoice& azure_demo_voice();
const DemoVoice& mistral_demo_voice();
const DemoVoice& anthropic_demo_voice();
const DemoVoice& gemini_demo_voice();
const DemoVoice& cohere_demo_voice();
const DemoVoice& ollama_demo_voice();
const DemoVoice& bedrock_demo_voice();

} // namespace gateway
