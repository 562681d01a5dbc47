#pragma once

#include "tests/net/dialects/fixtures.hpp"
#include "tests/net/dialects/stream_checks.hpp"

/// Fixtures of errors: status, headers and body, and the failure that a dialect sees in them.
namespace gateway {

inline void check_failure_rows(const Dialect& dialect, const std::string& fixture) {
  const auto rows = read_json_fixture(fixture).at("rows");
  REQUIRE(rows.size() > 5);
  for (const auto& row : rows) {
    CAPTURE(row.at("when").get<std::string>());
    std::vector<std::pair<std::string, std::string>> told;
    if (row.contains("headers"))
      for (const auto& [name, value] : row.at("headers").items()) told.emplace_back(name, value);
    std::vector<Header> headers;
    for (const auto& [name, value] : told) headers.push_back({name, value});
    const auto& body = row.at("body");
    const auto text = body.is_string() ? body.get<std::string>() : body.dump();
    const auto status = row.at("status").get<int>();

    const auto failure = dialect.classify(status, headers, text);
    CHECK(name_in(failures, failure.kind) == row.at("kind").get<std::string>());
    CHECK(failure.status == status);
    CHECK(
      (failure.retry_after ? failure.retry_after->count() : -1) == row.value("retry_after_ms", -1));
    CHECK(failure.until_day_ends == row.value("until_day_ends", false));
    CHECK_FALSE(failure.message.empty());
    CHECK(failure.message.find("SECRET") == std::string::npos);
    check_mutated(
      text, [&](std::string_view spoilt) { dialect.classify(status, headers, spoilt); });
  }
}

} // namespace gateway
