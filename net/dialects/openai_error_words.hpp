#pragma once

#include "net/unified/failure.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// An error's words, of whatever shape; code, type and message in lower case.
struct OpenAiErrorWords {
  bool any = false;
  bool wrapped = false; // the code is MiniMax's
  std::string code;
  std::string type;
  std::string message;
  std::string param;
  std::string reset;        // OpenRouter passes on a header of the provider's behind it
  bool has_reasons = false; // OpenRouter: why its moderation refused
  /// Decided by Gemini's quota ids: its text is the same for any quota.
  std::optional<FailureKind> google;
  bool google_day = false;                              // it is the day's that is spent
  std::optional<std::chrono::milliseconds> retry_delay; // Gemini's RetryInfo
};

/// Reads an error's body, which may be anything: what vendors nest, flatten, wrap or list.
OpenAiErrorWords read_error_words(std::string_view body);

} // namespace gateway
