#include "actors/config/check.hpp"

#include "actors/config/built_in.hpp"
#include "tests/actors/config/surroundings.hpp"

#include <sstream>

using namespace gateway;

TEST_CASE("check prints each problem on a line and exits with 1 on errors") {
  KnownSurroundings known;
  known.files["good.json"] = "{}";
  known.files["warned.json"] = "{\"pools\":{\"p\":{\"limits\":{}}}}";
  known.files["bad.json"] = "{\"settings\":{\"max_attempts\":0,\n\"loked\":true}, \"a\\nb\":1}";
  std::ostringstream good;
  CHECK(check_file("good.json", known, good) == 0);
  CHECK(good.str() == "good.json: 0 errors, 0 warnings\n");
  std::ostringstream warned;
  CHECK(check_file("warned.json", known, warned) == 0);
  CHECK(
    warned.str()
    == "/pools/p 1:15 warning no_limits this pool limits nothing\nwarned.json: 0 errors, 1 "
       "warning\n");
  std::ostringstream bad;
  CHECK(check_file("bad.json", known, bad) == 1);
  CHECK(
    bad.str()
    == "/settings/max_attempts 1:29 error minimum must be at least 1\n"
       "/settings/loked 2:1 error unknown_key \"loked\" is unknown, did you mean \"locked\"?\n"
       "/a\\u000ab 2:16 error unknown_key \"a\\u000ab\" is unknown; there are $schema, providers, "
       "pools, routes, keys, teams, admins, settings\n"
       "bad.json: 3 errors, 0 warnings\n");
  std::ostringstream missing;
  CHECK(check_file("missing.json", known, missing) == 1);
  CHECK(missing.str().find("missing.json: can't be read") == 0);
}

TEST_CASE("the process's own surroundings are its environment and its files") {
  const auto& process = process_surroundings();
  CHECK(process.environment("PATH"));
  CHECK_FALSE(process.environment("LLM_GATEWAY_TEST_NO_SUCH_VARIABLE"));
  CHECK(process.file("cluster-config/gateway.json") == std::string(built_in_gateway()));
  CHECK_FALSE(process.file("cluster-config/no-such-file.json"));
  CHECK_FALSE(process.file("cluster-config"));
}
