#pragma once

#include "net/dialects/anthropic.hpp"
#include "net/dialects/client_format.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The parts of Anthropic's format as clients speak it; nobody else includes this.
/// Facts: providers/anthropic.md, section 8.
namespace gateway {

/// What other models are told by in a signature: whoever gets it back knows whose it was. Anthropic
/// itself must never see it.
constexpr std::string_view foreign_signature_mark = "llm-gateway:";

/// "llm-gateway:gemini:c2ln".
std::string mark_foreign_signature(std::string_view dialect, std::string_view signature);

struct Signature {
  std::string_view dialect; // whose it is
  std::string_view text;
};
/// One without the mark is Anthropic's.
Signature read_signature(std::string_view text) noexcept;

/// A client's body into the one vocabulary. `dropped` gets the names of what it has no word for and
/// that is a hint only.
/// Errors: invalid_value; unsupported_parameter for what changes the meaning and no other provider
/// has (tools that Anthropic runs, files that lie there).
Result<ChatRequest> read_anthropic_chat(std::string_view body, std::vector<std::string>& dropped);

/// `system` and `messages`; part of read_anthropic_chat.
Result<std::vector<Message>> read_anthropic_messages(const Json& body, RequestFields& fields);
/// `cache_control`: "", "5m" or "1h".
std::string read_cache_ttl(const Json& block);
/// Names the members of `object` that are not in `known` and say something.
void drop_unknown(
  const Json& object,
  std::span<const std::string_view> known,
  std::string_view path,
  RequestFields& fields);

/// How Anthropic's clients know a parameter that the vocabulary names as OpenAI does.
std::string anthropic_name_of(std::string_view param);

/// Why a message ended, in Anthropic's words.
struct Ending {
  FinishReason finish = FinishReason::none;
  bool has_calls = false;
  bool has_refusal = false;
};
std::string_view stop_reason_of(const Ending& ending) noexcept;
void append_anthropic_usage(std::string& out, const Usage& usage);

/// The provider's id as Anthropic's look, or one of ours where it gave none.
std::string anthropic_message_id(std::string_view id);
std::string write_anthropic_message(const ChatAnswer& answer);
/// `dialect`: whose answer it is.
std::unique_ptr<StreamWriter> make_anthropic_stream_writer(std::string_view dialect);

/// A client's body passed on as it is, but for what must be changed for this provider.
/// Errors: unsupported_parameter.
Result<OutgoingRequest>
splice_anthropic(const ClientRequest& request, const Envelope& envelope, const Target& target);
/// A provider's events passed on as they are, and held back from the first that may be the last.
std::unique_ptr<StreamRelay> make_anthropic_relay();

} // namespace gateway
