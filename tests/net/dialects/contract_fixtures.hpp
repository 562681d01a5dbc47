#pragma once

#include "net/dialects/dialect.hpp"
#include "tests/net/dialects/aws_stream.hpp"
#include "tests/net/dialects/fixtures.hpp"

#include <filesystem>
#include <string>

/// What each dialect's folder of fixtures says in its own words, and what all of them say.
namespace gateway {

inline std::string own_fixture(const Dialect& dialect, const std::string& name) {
  return read_fixture(std::string{dialect.name()} + "/contract/" + name);
}

/// A stream that is no text is written down as its messages.
inline std::string own_stream(const Dialect& dialect) {
  const auto messages = std::string{dialect.name()} + "/contract/stream.messages";
  return std::filesystem::exists("tests/fixtures/dialects/" + messages)
    ? aws_stream(read_fixture(messages))
    : own_fixture(dialect, "stream.txt");
}

/// What the dialect's own answer and stream say: the shared message, but for what its provider
/// does not tell (a patch by RFC 7396).
inline nlohmann::json message_told_by(const Dialect& dialect) {
  auto expected = nlohmann::json::parse(read_fixture("contract/message.json"));
  const auto untold = std::string{dialect.name()} + "/contract/message.json";
  if (std::filesystem::exists("tests/fixtures/dialects/" + untold))
    expected.merge_patch(nlohmann::json::parse(read_fixture(untold)));
  expected.erase("source");
  return expected;
}

inline const Dialect& each_dialect() {
  const auto number = GENERATE(range(std::size_t{0}, all_dialects().size()));
  const auto& dialect = *all_dialects()[number];
  UNSCOPED_INFO("dialect " << dialect.name());
  return dialect;
}

} // namespace gateway
