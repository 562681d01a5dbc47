#pragma once

#include "net/base/header_list.hpp"
#include "net/base/result.hpp"
#include "net/base/secret.hpp"
#include "net/base/time.hpp"
#include "net/unified/chat.hpp"
#include "net/unified/envelope.hpp"
#include "net/unified/event.hpp"
#include "net/unified/failure.hpp"
#include "net/unified/limit_report.hpp"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

/// How one provider deviates from its dialect: configuration, never code
/// (providers/openai-compatible.md, section 2). Read from the document's `quirks`.
struct Quirks {
  std::string chat_path = {}; // instead of the dialect's, e.g. "/chat/completions"
  std::string embeddings_path = {};
  std::string auth = {}; // "" as the dialect does, "bearer", "none", "header:NAME"
  std::map<std::string, std::string> extra_headers = {};
  std::map<std::string, std::string> extra_body = {}; // field → JSON text, added only when absent
  std::string max_tokens_field = {};                  // "" leave as the client wrote it
  std::string developer_role = {};                    // "" or "keep"; "system": rewrite
  std::map<std::string, std::string> rename = {};
  std::vector<std::string> drop = {};   // hints left out and named in x-gateway-dropped
  std::vector<std::string> reject = {}; // 400 unsupported_parameter
  std::map<std::string, std::pair<double, double>> clamp = {};
  std::vector<std::string> reasoning_out = {}; // field names to read; "think_tags"
  std::string stream_usage = {};               // "" = "option", "always", "x_groq", "none"
  /// "": by name pattern. "groq": requests are per day, tokens per minute. "fireworks": tokens are
  /// per second.
  std::string ratelimit_style = {};
  std::string api_version = {};  // anthropic-version, azure's api-version
  bool drop_unsupported = false; // rejections become drops
};

/// Credentials that sign requests and stay at home, where a key would travel.
struct SigningKeys {
  Secret access_key_id; // names them
  Secret secret_access_key;
  Secret session_token; // of temporary ones; empty: none

  bool empty() const noexcept { return access_key_id.empty(); }
};

/// Where one attempt goes: what is configured of the provider and the model, and when. Views into
/// the configuration in force, which outlives the attempt.
struct Target {
  std::string_view provider;
  std::string_view host;      // as the request's head names it
  std::string_view base_path; // path of base_url without trailing slash: "/openai/v1"
  std::string_view region;    // bedrock
  std::string_view upstream_model;
  const Secret* api_key = nullptr;
  const SigningKeys* signing_keys = nullptr;
  WallTime now = {}; // what is signed holds for some minutes around it
  const Quirks* quirks = nullptr;
  std::int64_t max_output = 0; // of the model, 0 if unknown
};

/// A request's body in pieces: borrowed ones lie in the client's body and are never copied.
class Body {
public:
  using Pieces = boost::container::small_vector<std::string_view, 8>;

  void borrow(std::string_view piece) {
    if (!piece.empty()) places_.push_back({piece.data(), 0, piece.size()});
  }
  void own(std::string piece) {
    if (piece.empty()) return;
    places_.push_back({nullptr, owned_.size(), piece.size()});
    if (owned_.empty())
      owned_ = std::move(piece);
    else
      owned_ += piece;
  }
  /// Views that hold until the body changes or moves.
  Pieces pieces() const {
    Pieces views;
    for (const auto& place : places_)
      views.push_back(
        {(place.borrowed ? place.borrowed : owned_.data()) + place.begin, place.bytes});
    return views;
  }
  std::string joined() const {
    std::string whole;
    for (const auto piece : pieces()) whole += piece;
    return whole;
  }

private:
  struct Place {
    const char* borrowed; // none: in owned_
    std::size_t begin;
    std::size_t bytes;
  };
  std::string owned_;
  boost::container::small_vector<Place, 8> places_;
};

/// A request to a provider, ready to be written: POST `path` with these headers (authorisation and
/// content-type included; host, content-length and the connection's own are net/upstream's).
struct OutgoingRequest {
  std::string path; // with query
  HeaderList headers;
  Body body;
  std::vector<std::string> dropped; // parameters left out: x-gateway-dropped
};

/// Reads a provider's streamed body, any split of it, into events.
class EventReader {
public:
  virtual ~EventReader() = default;
  /// Appends the events that became complete. After an `error` event nothing more is read.
  virtual void feed(std::string_view bytes, std::vector<StreamEvent>& events) = 0;
  /// The body ended. Appends `end`, or an `error` (invalid_answer) where no finish reason was seen.
  virtual void finish(std::vector<StreamEvent>& events) = 0;
};

struct OpenAiWire;

/// A wire format that providers speak: unified ↔ bytes, upstream side. Stateless, shared by
/// threads.
class Dialect {
public:
  virtual ~Dialect() = default;
  virtual std::string_view name() const noexcept = 0;
  /// Where its bodies are OpenAI's, as our clients' are: they pass through and are not translated.
  virtual const OpenAiWire* openai_wire() const noexcept { return nullptr; }

  /// Errors: unsupported_parameter, invalid_value; `param` names the field.
  virtual Result<OutgoingRequest> write_chat(const ChatRequest&, const Target&) const = 0;
  virtual Result<ChatAnswer> read_chat(std::string_view body, const Target&) const = 0;
  virtual std::unique_ptr<EventReader> event_reader(const Target&) const = 0;

  /// Errors: unsupported_parameter where the dialect has no embeddings.
  virtual Result<OutgoingRequest>
  write_embeddings(const EmbeddingsRequest&, const Target&) const = 0;
  virtual Result<EmbeddingsAnswer> read_embeddings(std::string_view body, const Target&) const = 0;

  /// What a status other than 200 means. `body` may be anything, also HTML or nothing.
  virtual Failure
  classify(int status, std::span<const Header> headers, std::string_view body) const = 0;
};

/// Every dialect of dialects.def, in that order.
std::span<const Dialect* const> all_dialects() noexcept;
const Dialect* find_dialect(std::string_view name) noexcept;

/// Limits a provider told in its headers, of whatever style (providers/limits.md, sections 1, 2).
/// `now_unix_ms` turns absolute resets into durations; a `date` header corrects for skew.
std::vector<LimitReport>
read_limits(std::span<const Header> headers, std::string_view style, std::int64_t now_unix_ms);

/// When all is back of which these headers of a refusal say that nothing remains.
std::optional<std::chrono::milliseconds>
read_spent_reset(std::span<const Header> headers, std::int64_t now_unix_ms);

/// The provider's clock by its `date` header, else ours: absolute times that it tells are its own.
std::int64_t provider_clock(std::span<const Header> headers, std::int64_t now_unix_ms);

/// `retry-after-ms`, `retry-after` (seconds or an HTTP date), capped at a day.
std::optional<std::chrono::milliseconds>
read_retry_after(std::span<const Header> headers, std::int64_t now_unix_ms);

} // namespace gateway
