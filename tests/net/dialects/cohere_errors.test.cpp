#include "tests/net/dialects/failure_rows.hpp"

namespace gateway {
const Dialect& cohere_dialect();
}

using namespace gateway;

TEST_CASE("Cohere's errors are told apart by status and words", "[dialects][cohere]") {
  check_failure_rows(cohere_dialect(), "cohere/errors.json");
}

TEST_CASE("a field that Cohere finds at fault is named as OpenAI has it", "[dialects][cohere]") {
  struct Row {
    int status;
    const char* message;
    const char* param;
  };
  const auto row = GENERATE(values<Row>({
    {400, "invalid request: temperature must be at least 0", "temperature"},
    {400, "invalid request: Max_Tokens must be at least 1", "max_tokens"},
    {400, "too many stop_sequences", "stop"},
    {422, "json_schema: at least one required field", "response_format"},
    {400, "strict_tools needs required parameters", "tools"},
    {400, "invalid tool_choice", "tool_choice"},
    {400, "thinking.token_budget is too large", "reasoning_effort"},
    {400, "texts: at most 96", "input"},
    {400, "valid output_dimension values are 256, 512", "dimensions"},
    {400, "output_dimensions", ""},
    {400, "the temperatures", ""},
    {400, "something is wrong", ""},
    {400, "too many tokens, reduce max_tokens", ""},
    {500, "temperature", ""},
  }));
  CAPTURE(row.message);
  const auto body = nlohmann::json{{"message", row.message}}.dump();
  CHECK(cohere_dialect().classify(row.status, {}, body).param == row.param);
}
