#pragma once

#include "net/base/result.hpp"
#include "net/dialects/dialect.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// More names than this are not told in `x-gateway-dropped`: the client chooses them.
constexpr std::size_t dropped_names_max = 32;

/// What becomes of a parameter that a dialect has no word for: a hint is left out and named, one
/// that changes the meaning is refused, and one of `other` that it does have a word for is kept.
struct FieldRule {
  enum class Then : std::uint8_t { drop, refuse, keep };
  std::string_view name; // as OpenAI has it
  Then then = Then::drop;
};

/// Decides over the parameters of one request on its way into a foreign dialect, by the dialect's
/// rules and the provider's quirks. Source: providers/openai.md, section 8.
class RequestFields {
public:
  /// `dropped` gets the names of what is left out, each once.
  RequestFields(const Quirks* quirks, std::vector<std::string>& dropped);

  /// Applies `rules`, and the quirks' `reject`, to what the request carries. Fields of
  /// `request.other` without a rule are hints, unless `others` keeps them. Errors:
  /// unsupported_parameter.
  Result<void> check(
    const ChatRequest& request,
    std::span<const FieldRule> rules,
    FieldRule::Then others = FieldRule::Then::drop);

  /// Whether to send a parameter that the dialect has; false where the quirks drop it.
  bool keeps(std::string_view name);
  /// `value` within the quirks' `clamp` and [low, high]; a change is told.
  double clamped(std::string_view name, double value, double low, double high);
  /// The longest answer, within what the model can write; a change is told. Nothing where the
  /// request names none. Errors: invalid_value.
  Result<std::optional<std::int64_t>> max_tokens(const ChatRequest& request, const Target& target);
  /// Notes a parameter that is left out or changed.
  void drop(std::string_view name);
  /// Success means: leave `param` out, it is noted. Errors: unsupported_parameter, with `why`.
  Result<void> refuse(std::string param, std::string_view why);

private:
  const Quirks& quirks_;
  std::vector<std::string>& dropped_;
};

/// A parameter of a provider's own that a client may give beside OpenAI's. Errors: invalid_value.
Result<std::string>
text_in_other(const EmbeddingsRequest& request, const char* name, std::string_view otherwise);

/// Whether a text is nothing but white space, which some APIs refuse.
bool is_blank(std::string_view text) noexcept;

} // namespace gateway
