#pragma once

#include "net/dialects/client_format.hpp"
#include "net/dialects/json_reading.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

class JsonCursor;

/// The parts of the openai dialect, which providers and clients speak. Nobody but the dialects of
/// this format, the format of clients and the conversation, which has embeddings in this format
/// alone, includes this. Facts: providers/openai.md and openai-compatible.md, whose sections the
/// comments name.

/// In what providers differ whose bodies are OpenAI's, beyond the quirks of each.
struct OpenAiWire {
  std::string_view name; // of the dialect
  std::string_view key_header;
  /// Where `endpoint` is, which is "/chat/completions" or "/embeddings".
  std::string (*path_of)(const Target& target, std::string_view endpoint);
  Failure (*classify)(int status, std::span<const Header> headers, std::string_view body);
};

/// The dialect of such providers. `wire` outlives it.
class OpenAiDialect final : public Dialect {
public:
  explicit OpenAiDialect(const OpenAiWire& wire) noexcept : wire_(wire) {}

  std::string_view name() const noexcept override { return wire_.name; }
  const OpenAiWire* openai_wire() const noexcept override { return &wire_; }
  Result<OutgoingRequest> write_chat(const ChatRequest&, const Target&) const override;
  Result<ChatAnswer> read_chat(std::string_view body, const Target&) const override;
  std::unique_ptr<EventReader> event_reader(const Target&) const override;
  Result<OutgoingRequest> write_embeddings(const EmbeddingsRequest&, const Target&) const override;
  Result<EmbeddingsAnswer> read_embeddings(std::string_view body, const Target&) const override;
  Failure
  classify(int status, std::span<const Header> headers, std::string_view body) const override;

private:
  const OpenAiWire& wire_;
};

// -- usage and finish reasons (openai.md, section 3)

/// Takes a `usage` object off the cursor; not known if it is none or says nothing.
Usage read_openai_usage(JsonCursor& cursor);
void append_openai_usage(std::string& out, const Usage& usage);

/// Empty and `null` are none. A reason that OpenAI does not have becomes the nearest it has, `stop`
/// if none is near. `error` is none either: see `is_error_finish`.
FinishReason read_openai_finish(std::string_view reason) noexcept;
std::string_view openai_finish_text(FinishReason reason) noexcept;
/// The model did not end, the provider gave up.
bool is_error_finish(std::string_view reason) noexcept;

// -- failures (limits.md, sections 3 to 5)

/// What an answer that is no success means; also for an error in a body of status 200.
Failure classify_openai(int status, std::span<const Header> headers, std::string_view body);

// -- requests

/// A client's body into the one vocabulary. Errors: invalid_value, unsupported_parameter (custom
/// tools and the like, which only the openai dialect passes on).
Result<ChatRequest> read_openai_chat(std::string_view body);
Result<EmbeddingsRequest> read_openai_embeddings(std::string_view body);

/// The messages of a request; part of read_openai_chat.
Result<std::vector<Message>> read_openai_messages(const Json& messages);

/// Bodies only, as is what is spliced: `add_openai_head` says where to.
Result<OutgoingRequest> write_openai_chat(const ChatRequest& request, const Target& target);
Result<OutgoingRequest>
write_openai_embeddings(const EmbeddingsRequest& request, const Target& target);

/// A client's body passed on as it is, but for what must be changed for this provider.
/// Errors: unsupported_parameter.
Result<OutgoingRequest>
splice_openai(bool chat, std::string_view body, const Envelope& envelope, const Target& target);

/// Path and headers of a request.
void add_openai_head(
  OutgoingRequest& request, const OpenAiWire& wire, const Target& target, bool chat);

// -- model rules (openai.md, section 2.3)

/// Reasoning models refuse `max_tokens` and sampling. Decided by the model's own id, as OpenAI and
/// Azure have it; a vendor that renames models ("openai/o3") has rules of its own, and where the
/// quirks name `max_tokens` as the field, they know better.
bool is_openai_reasoner(const Target& target) noexcept;
/// Whether the model takes every sampling parameter, as most do.
bool takes_all_sampling(const Target& target) noexcept;
/// Whether the model takes this sampling parameter, given the reasoning effort asked for.
bool takes_sampling(
  const Target& target, std::string_view parameter, std::string_view effort) noexcept;

/// The nearest effort that the model takes by this API; empty: none at all. Newer ones of OpenAI's
/// think beside tools only by another API.
std::string_view
effort_taken(const Target& target, std::string_view effort, bool has_tools) noexcept;

// -- answers

Result<ChatAnswer> read_openai_answer(std::string_view body, const Target& target);
std::string write_openai_answer(const ChatAnswer& answer, std::int64_t created);
Result<EmbeddingsAnswer> read_openai_embeddings_answer(std::string_view body);
std::string write_openai_embeddings(const EmbeddingsAnswer& answer, bool base64);

std::unique_ptr<EventReader> openai_event_reader(const Target& target);
/// `dialect`: whose signatures will stand in the stream.
std::unique_ptr<StreamWriter> make_openai_stream_writer(std::string_view dialect, bool shows_usage);

const Dialect& openai_dialect();

} // namespace gateway
