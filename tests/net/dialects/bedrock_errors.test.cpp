#include "tests/net/dialects/failure_rows.hpp"

namespace gateway {
const Dialect& bedrock_dialect();
}

using namespace gateway;

TEST_CASE("Bedrock's errors are told apart by their names and words", "[dialects][bedrock]") {
  check_failure_rows(bedrock_dialect(), "bedrock/errors.json");
}
