#include "tests/net/dialects/failure_rows.hpp"

namespace gateway {
const Dialect& gemini_dialect();
}

using namespace gateway;

TEST_CASE("errors of Gemini's get their class", "[dialects][gemini]") {
  check_failure_rows(gemini_dialect(), "gemini/errors.json");
}
