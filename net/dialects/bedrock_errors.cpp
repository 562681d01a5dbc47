#include "net/base/time.hpp"
#include "net/dialects/bedrock.hpp"
#include "net/dialects/failure_class.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

struct Row {
  std::string_view type; // in lower case: a stream writes it otherwise than a head
  FailureKind kind;
};

/// Section 6. What is not here is told by the status.
constexpr std::array types{
  Row{"validationexception", FailureKind::bad_request},
  Row{"conflictexception", FailureKind::bad_request},
  Row{"accessdeniedexception", FailureKind::credentials},
  Row{"unrecognizedclientexception", FailureKind::credentials},
  Row{"expiredtokenexception", FailureKind::credentials},
  Row{"invalidsignatureexception", FailureKind::credentials},
  Row{"incompletesignatureexception", FailureKind::credentials},
  Row{"missingauthenticationtokenexception", FailureKind::credentials},
  Row{"requestexpired", FailureKind::credentials},
  Row{"resourcenotfoundexception", FailureKind::model_not_found},
  Row{"modeltimeoutexception", FailureKind::timed_out},
  Row{"modelerrorexception", FailureKind::server_error},
  Row{"modelstreamerrorexception", FailureKind::server_error},
  Row{"modelnotreadyexception", FailureKind::overloaded},
  Row{"throttlingexception", FailureKind::rate_limited},
  Row{"servicequotaexceededexception", FailureKind::quota_exhausted},
  Row{"internalserverexception", FailureKind::server_error},
  Row{"serviceunavailableexception", FailureKind::overloaded},
};

bool says(std::string_view text, std::string_view words) noexcept {
  return text.find(words) != text.npos;
}

/// What an exception's name means, and what its words, in lower case, add to that.
FailureKind kind_of(std::string_view name, std::string_view text, FailureKind otherwise) {
  const auto row = std::ranges::find(types, lower_ascii(name), &Row::type);
  const auto kind = row == types.end() ? otherwise : row->kind;
  if (kind == FailureKind::bad_request) {
    // What the document calls the model is no fault of the request.
    if (says(text, "model identifier is invalid") || says(text, "on-demand throughput isn"))
      return FailureKind::model_not_found;
    const auto is_long = says_context_too_long(text) || says(text, "too many input tokens")
      || says(text, "maximum context");
    return is_long ? FailureKind::context_too_long : kind;
  }
  if (kind == FailureKind::rate_limited && says(text, "per day"))
    return FailureKind::quota_exhausted;
  // Models are opened one by one: the key may be good for others.
  if (kind == FailureKind::credentials && says(text, "access to the model"))
    return FailureKind::model_not_found;
  return kind;
}

/// "ThrottlingException:http://…" and "com.amazon.coral#ThrottlingException" alike.
std::string_view bare_name(std::string_view name) noexcept {
  name = name.substr(0, name.find(':'));
  return name.substr(name.rfind('#') + 1);
}

std::string message_in(const Json* body) {
  if (body == nullptr) return {};
  const auto text = text_at(*body, "message");
  return lower_ascii(text.empty() ? text_at(*body, "Message") : text);
}

} // namespace

Failure classify_bedrock(int status, std::span<const Header> headers, const Json* body) {
  const auto told = find_header(headers, "x-amzn-errortype");
  const auto name = told ? *told : body ? text_at(*body, "__type") : std::string_view{};
  auto kind = kind_of_status(status);
  const auto text = message_in(body);
  if (status < 400 && !text.empty()) kind = FailureKind::server_error;
  // A server's own fault stays one, whatever it says of the request.
  if (status < 500) kind = kind_of(bare_name(name), text, kind);
  auto failure = make_failure(kind, status);
  failure.retry_after = read_retry_after(headers, milliseconds_since_epoch(wall_now()));
  return failure;
}

Failure classify_bedrock_exception(std::string_view name, std::string_view message) {
  return make_failure(kind_of(name, lower_ascii(message), FailureKind::server_error), 200);
}

} // namespace gateway
