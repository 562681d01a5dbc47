#include "tests/net/dialects/failure_rows.hpp"

namespace gateway {
const Dialect& ollama_dialect();
}

using namespace gateway;

TEST_CASE("errors of Ollama's get their class", "[dialects][ollama]") {
  check_failure_rows(ollama_dialect(), "ollama/errors.json");
}

TEST_CASE("what a model of Ollama's can't do is told by its parameter", "[dialects][ollama]") {
  const auto param_of = [](int status, const std::string& text) {
    const auto failure = ollama_dialect().classify(status, {}, R"({"error":")" + text + "\"}");
    return name_in(failures, failure.kind) + " " + failure.param;
  };
  CHECK(param_of(400, "'gemma' does not support tools") == "bad_request tools");
  CHECK(param_of(400, "'gemma' does not support thinking") == "bad_request reasoning_effort");
  CHECK(param_of(400, "'nomic' does not support chat") == "bad_request ");
  CHECK(param_of(500, "'gemma' does not support tools") == "server_error ");
}
