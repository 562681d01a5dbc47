#include "net/base/result.hpp"

#include <catch2/catch.hpp>

#include <memory>

using namespace gateway;

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorKind::invalid_value, "odd", "number");
  return number / 2;
}

Result<int> quarter(int number) {
  GATEWAY_TRY(const auto once, half(number));
  return half(once);
}

Result<void> check(int number) {
  GATEWAY_TRY([[maybe_unused]] const auto once, half(number));
  return {};
}

} // namespace

TEST_CASE("a result is a value or the error that took its place", "[base][result]") {
  CHECK(*half(4) == 2);
  const auto odd = half(3);
  REQUIRE_FALSE(odd);
  CHECK(odd.error().kind == ErrorKind::invalid_value);
  CHECK(odd.error().message == "odd");
  CHECK(odd.error().param == "number");
  CHECK_FALSE(odd.error().retry_after);
}

TEST_CASE("an error is passed on, a value unwrapped", "[base][result]") {
  CHECK(*quarter(8) == 2);
  CHECK(quarter(6).error().message == "odd");
  CHECK(check(2));
  CHECK(check(3).error().param == "number");
}

TEST_CASE("a result may hold what cannot be copied", "[base][result]") {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(7);
  const auto taken = *std::move(made);
  CHECK(*taken == 7);
}

TEST_CASE("the code of an error is its kind's name", "[base][error]") {
  struct Row {
    ErrorKind kind;
    int status;
    const char* code;
    const char* type;
  };
  const auto row = GENERATE(
    Row{ErrorKind::invalid_json, 400, "invalid_json", "invalid_request_error"},
    Row{ErrorKind::invalid_api_key, 401, "invalid_api_key", "authentication_error"},
    Row{ErrorKind::not_allowed, 403, "not_allowed", "permission_error"},
    Row{ErrorKind::model_not_found, 404, "model_not_found", "invalid_request_error"},
    Row{ErrorKind::rate_limit_exceeded, 429, "rate_limit_exceeded", "rate_limit_error"},
    Row{ErrorKind::insufficient_quota, 429, "insufficient_quota", "insufficient_quota"},
    Row{ErrorKind::provider_quota_exhausted, 429, "provider_quota_exhausted", "rate_limit_error"},
    Row{ErrorKind::upstream_error, 502, "upstream_error", "server_error"},
    Row{ErrorKind::upstream_timeout, 504, "upstream_timeout", "server_error"},
    Row{ErrorKind::storage_unavailable, 503, "storage_unavailable", "server_error"},
    Row{ErrorKind::internal, 500, "internal", "server_error"});
  CAPTURE(row.code);
  CHECK(http_status(row.kind) == row.status);
  CHECK(code_text(row.kind) == row.code);
  CHECK(type_text(row.kind) == row.type);
}
