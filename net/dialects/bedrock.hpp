#pragma once

#include "net/dialects/cache_marks.hpp"
#include "net/dialects/claude.hpp"
#include "net/dialects/dialect.hpp"
#include "net/dialects/json_reading.hpp"
#include "net/dialects/request_fields.hpp"

#include <memory>
#include <string>
#include <string_view>

/// The parts of the bedrock dialect (Converse, and InvokeModel for embeddings); nobody else
/// includes this. Facts: providers/bedrock.md, whose sections the comments name.
namespace gateway {

constexpr std::string_view bedrock_name = "bedrock";

/// What a family of models takes; what it doesn't, it answers with 400 (section 2).
struct BedrockModel {
  /// By what means an answer is held to a JSON schema.
  enum class Schema : std::uint8_t { text_format, output_config, forced_tool, none };
  /// In whose words a model is told to think.
  enum class Effort : std::uint8_t { none, claude, flat, nested, nova };
  enum Feature : unsigned {
    system = 1,       // system prompts
    forced_tool = 2,  // toolChoice any or tool
    strict_tools = 4, // toolSpec.strict
    cache = 8,        // cachePoint
    short_ids = 16,   // ids of calls that are 9 letters and digits
  };
  std::string_view id_part; // the model's id contains this
  Schema schema = Schema::text_format;
  Effort effort = Effort::none;
  unsigned features = 0;
  const ClaudeModel* claude = nullptr; // none of another family

  constexpr bool takes(Feature feature) const noexcept { return (features & feature) != 0; }
};

BedrockModel bedrock_model(std::string_view id) noexcept;

/// Puts `cachePoint` behind blocks, where the model has it.
class CachePoints {
public:
  CachePoints(const ChatRequest& request, const BedrockModel& model, RequestFields& fields)
      : marks_(request), takes_(model.takes(BedrockModel::cache)), fields_(fields) {}
  /// `ttl`: of the block that was written last.
  void mark(Json& blocks, std::string_view ttl);

private:
  CacheMarks marks_;
  bool takes_;
  RequestFields& fields_;
};

/// `toolConfig` of a request, and what goes elsewhere.
struct BedrockTools {
  Json list = Json::array();
  ToolChoice::Kind choice = ToolChoice::Kind::unset;
  std::string chosen;    // where one function is
  bool one_call = false; // no calls side by side

  bool forced() const noexcept {
    return choice == ToolChoice::Kind::required || choice == ToolChoice::Kind::function;
  }
};

/// Errors: unsupported_parameter, invalid_value.
Result<BedrockTools> write_bedrock_tools(
  const ChatRequest& request,
  const BedrockModel& model,
  RequestFields& fields,
  CachePoints& points);

/// `system` and `messages` of a request. `with_tools`: it offers some; without, calls and results
/// are told as text, for the API would refuse them. Errors: unsupported_parameter, invalid_value.
struct BedrockMessages {
  Json system = Json::array();
  Json messages = Json::array();
};
Result<BedrockMessages> write_bedrock_messages(
  const ChatRequest& request,
  const BedrockModel& model,
  bool with_tools,
  RequestFields& fields,
  CachePoints& points);

/// An image or a document as a block. `part` is its place in the request.
/// Errors: unsupported_parameter.
class BedrockMedia {
public:
  explicit BedrockMedia(RequestFields& fields) : fields_(fields) {}
  /// Null where it was dropped.
  Result<Json> image(const Media& media, const std::string& part);
  Result<Json> document(const Media& media, const std::string& part);

private:
  std::string name_of(std::string_view filename);

  RequestFields& fields_;
  std::vector<std::string> names_; // of the documents so far: no two may be the same
};

/// A whole body. Errors: unsupported_parameter, invalid_value.
Result<Json>
write_bedrock_body(const ChatRequest& request, const Target& target, RequestFields& fields);

/// Errors: upstream_invalid_response.
Result<ChatAnswer> read_bedrock_answer(std::string_view body);
/// `model` is what the answer is said to come from: the provider does not say.
std::unique_ptr<EventReader> make_bedrock_reader(std::string_view model);
FinishReason read_bedrock_finish(std::string_view reason) noexcept;
/// An answer that came to nothing because the model's words made no sense.
bool is_bedrock_failure(std::string_view reason) noexcept;
Usage read_bedrock_usage(const Json& usage) noexcept;

/// Errors: unsupported_parameter, invalid_value.
Result<Json> write_bedrock_embeddings(
  const EmbeddingsRequest& request, const Target& target, std::vector<std::string>& dropped);
/// Errors: upstream_invalid_response.
Result<EmbeddingsAnswer> read_bedrock_embeddings(std::string_view body);

/// What an answer that is none means; `body` null where it was no JSON object (section 6).
Failure classify_bedrock(int status, std::span<const Header> headers, const Json* body);
/// What an exception within a stream means: its name, and the provider's words.
Failure classify_bedrock_exception(std::string_view name, std::string_view message);

} // namespace gateway
