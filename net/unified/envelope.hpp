#pragma once

#include "net/base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

class JsonTokens;

/// Top-level fields of a body; OpenAI's own API knows some forty.
constexpr std::size_t body_fields_max = 512;
/// Names in each list of routing preferences.
constexpr std::size_t preference_names_max = 64;

/// One top-level field of a request's body: where its parts lie, in bytes from the body's start.
struct BodyField {
  std::string_view name; // without its escapes: into the body, or into `Envelope::owned`
  std::size_t begin = 0; // the name's opening quote
  std::size_t value_begin = 0;
  std::size_t value_end = 0; // behind the value's last byte
};

/// OpenRouter's routing preferences (contract, section 3).
struct RoutePreferences {
  std::vector<std::string> models; // tried in order, before or instead of `model`
  std::vector<std::string> order;  // providers
  std::vector<std::string> only;
  std::vector<std::string> ignore;
  std::string sort;                      // "", price, throughput, latency
  std::optional<double> max_price_input; // USD per million tokens
  std::optional<double> max_price_output;
  bool allow_fallbacks = true;

  bool empty() const noexcept {
    return models.empty() && order.empty() && only.empty() && ignore.empty() && sort.empty()
      && !max_price_input && !max_price_output && allow_fallbacks;
  }
};

/// What the gateway must know of a chat or embeddings request to route it, read in one simdjson
/// pass without a DOM of ours. The body itself is passed on by splicing.
struct Envelope {
  std::string_view model; // into the body, or into `owned` where it had escapes; may be empty
                          // where the preferences name models
  bool stream = false;
  bool include_usage = false;
  std::optional<std::int64_t> max_tokens; // max_completion_tokens, else max_tokens
  std::int64_t choices = 1;               // n
  // What the request needs of a model.
  bool needs_vision = false;
  bool needs_audio = false;
  bool needs_files = false;
  bool needs_tools = false;
  bool needs_json_schema = false;
  // Size: what the tokens are estimated from (cluster-quota.md, section 9).
  std::int64_t text_bytes = 0; // all text of messages, tools and schema, unescaped or not
  std::int64_t images = 0;
  std::int64_t files = 0; // and sounds
  std::int64_t messages = 0;
  std::int64_t tools = 0;
  std::vector<BodyField> fields; // every top-level field, in order
  RoutePreferences preferences;
  std::vector<std::unique_ptr<std::string>> owned; // what views point to survives a move
};

/// Reads envelopes; keeps simdjson's memory between requests.
/// Thread: one io thread each.
class EnvelopeReader {
public:
  EnvelopeReader();
  ~EnvelopeReader();

  /// The envelope's views point into `body`.
  /// Errors: invalid_json (anywhere in the body: broken, invalid UTF-8, deeper than 64 levels, a
  /// name twice in the top level or another object that is read), missing_field (model, messages /
  /// input), invalid_value; `param` names the field.
  Result<Envelope> read_chat(std::string_view body);
  Result<Envelope> read_embeddings(std::string_view body);

private:
  std::unique_ptr<JsonTokens> tokens_;
};

} // namespace gateway
