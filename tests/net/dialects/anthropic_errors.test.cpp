#include "tests/net/dialects/failure_rows.hpp"

namespace gateway {
const Dialect& anthropic_dialect();
}

using namespace gateway;

TEST_CASE("errors of Anthropic's get their class", "[dialects][anthropic]") {
  check_failure_rows(anthropic_dialect(), "anthropic/errors.json");
}
