#include "actors/api/limit_headers.hpp"

#include "net/base/json_text.hpp"

namespace gateway {
namespace {

struct Names {
  std::string_view limit;
  std::string_view remaining;
  std::string_view reset;
};
constexpr Names of_requests{
  "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"};
constexpr Names of_tokens{
  "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"};

void add(HeaderList& fields, const Names& names, const std::optional<LimitLeft>& limit) {
  if (!limit) return;
  fields.add(names.limit, limit->limit);
  fields.add(names.remaining, limit->left);
  fields.add(names.reset, to_reset_text(limit->full_in));
}

} // namespace

std::string to_reset_text(Milliseconds wait) {
  std::string text;
  if (wait < std::chrono::seconds{1}) {
    append_number(text, wait.count());
    return text + "ms";
  }
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  if (seconds >= 3'600) {
    append_number(text, seconds / 3'600);
    text += 'h';
  }
  if (seconds >= 60) {
    append_number(text, seconds / 60 % 60);
    text += 'm';
  }
  append_number(text, seconds % 60);
  return text + 's';
}

void add_limit_headers(HeaderList& fields, const CallerLimits& limits) {
  add(fields, of_requests, limits.requests);
  add(fields, of_tokens, limits.tokens);
}

} // namespace gateway
