#include "tests/actors/config/mistake.hpp"

using namespace gateway;

TEST_CASE("each mistake of routes, keys and settings is named with its pointer, line and column") {
  const Mistake rows[]{
    {route("\"targets\":[]"), "/routes/r/targets 2:11 minItems", "at least 1"},
    {route("\"policy\":\"fastest\""), "/routes/r 1:93 required", "\"targets\" is missing"},
    {route("\"targets\":[{\"provider\":\"grog\",\"model\":\"x\"}]"),
     "/routes/r/targets/0/provider 2:24 unknown_provider",
     "there is no provider \"grog\", did you mean \"groq\"?"},
    {route("\"targets\":[{\"provider\":\"groq\",\"model\":\"llama-3.3-70b\"}]"),
     "/routes/r/targets/0/model 2:39 unknown_model",
     "did you mean \"llama-3.3-70b-versatile\"?"},
    {route("\"targets\":[{\"provider\":\"groq\",\"model\":\"llama-3.3-70b-versatile\"},\n"
           "{\"provider\":\"groq\",\"model\":\"llama-3.3-70b-versatile\"}]"),
     "/routes/r/targets/1 3:1 duplicate_target",
     "twice"},
    {route(
       "\"targets\":[{\"provider\":\"groq\",\"model\":\"llama-3.3-70b-versatile\",\"weight\":0}]"),
     "/routes/r/targets/0/weight 2:74 minimum",
     "at least 1"},
    {route("\"policy\":\"chepest\",\"targets\":[{\"provider\":\"groq\",\"model\":\"llama-3.3-70b-"
           "versatile\"}]"),
     "/routes/r/policy 2:10 enum",
     "did you mean \"cheapest\"?"},
    {route("\"paid\":\"nevr\",\"targets\":[{\"provider\":\"groq\",\"model\":\"llama-3.3-70b-"
           "versatile\"}]"),
     "/routes/r/paid 2:8 enum",
     "did you mean \"never\"?"},
    {route("\"paid\":{\"usd_per_day\":0},\"targets\":[{\"provider\":\"groq\",\"model\":"
           "\"llama-3.3-70b-versatile\"}]"),
     "/routes/r/paid/usd_per_day 2:23 minimum",
     "at least 0.000001"},
    {route("\"queue_ms\":-1,\"targets\":[{\"provider\":\"groq\",\"model\":\"llama-3.3-70b-"
           "versatile\"}]"),
     "/routes/r/queue_ms 2:12 minimum",
     "at least 0"},
    {key("\"team\":\"red\""), "/keys/k 1:33 required", "\"hash\" is missing"},
    {key("\"hash\":\"gwk_plain\""), "/keys/k/hash 2:8 pattern", "sha256: and 64 hex digits"},
    {key(hash_a + ",\"team\":\"rd\""),
     "/keys/k/team 2:89 unknown_team",
     "there is no team \"rd\", did you mean \"red\"?"},
    {key(hash_a + ",\"routes\":[\"smart\"]"),
     "/keys/k/routes/0 2:92 unknown_route",
     "there is no route \"smart\""},
    {key(hash_a + ",\"routes\":[]"), "/keys/k/routes 2:91 minItems", "at least 1"},
    {key(hash_a + ",\"budget\":{\"usd\":0}"), "/keys/k/budget/usd 2:98 minimum", "at least"},
    {key(hash_a + ",\"budget\":{\"usd\":1,\"day\":\"rolling\"}"),
     "/keys/k/budget/day 2:106 budget_day",
     "the calendar's"},
    {key(hash_a + "},\"l\":{\n" + hash_a),
     "/keys/l/hash 3:8 duplicate_hash",
     "the same key as /keys/k/hash"},
    {"{\"admins\":{\"a\":{" + hash_a + ",\"role\":\n\"root\"}}}",
     "/admins/a/role 2:1 enum",
     "viewer, operator, admin"},
    {"{\"settings\":{\n\"max_attempts\":0}}", "/settings/max_attempts 2:16 minimum", "at least 1"},
    {"{\"settings\":{\n\"log\":{\"day\":1}}}",
     "/settings/log/day 2:8 unknown_key",
     "did you mean \"days\"?"},
    {"{\"settings\":{\"voters\":[\"a\",\n\"a\"]}}", "/settings/voters/1 2:1 uniqueItems", "twice"},
    {"{\"pools\":{\"p\":\n{}}}", "/pools/p 2:1 required", "\"limits\" is missing"},
    {"{\"teams\":{\n\"t\":{},\"t\":{}}}", "/teams/t 2:8 duplicate_key", "twice"},
  };
  for (const auto& row : rows) check_mistake(row, Problem::Severity::error);
}

TEST_CASE("all problems come at once, in the order of the text") {
  const auto reading = read_document(
    R"({
  "settings": { "max_attempts": 99 },
  "routes": { "r": { "targets": [ { "provider": "nobody", "model": "m" } ], "polcy": "cheapest" } },
  "providers": { "x": { "api_key": 5 } }
})",
    1,
    KnownSurroundings{});
  CHECK(reading.document == nullptr);
  std::vector<std::string> told;
  for (const auto& problem : reading.problems)
    told.push_back(std::to_string(problem.line) + " " + problem.pointer + " " + problem.code);
  CHECK(
    told
    == std::vector<std::string>{
      "2 /settings/max_attempts maximum",
      "3 /routes/r/targets/0/provider unknown_provider",
      "3 /routes/r/polcy unknown_key",
      "4 /providers/x/dialect missing_dialect",
      "4 /providers/x/models no_models",
      "4 /providers/x/api_key oneOf"});
}

TEST_CASE("no problem tells a secret") {
  const auto reading = read_document(
    R"({"providers":{
      "a":{"dialect":"openai","api_key":"hunter2 hunter2",
        "base_url":"https://user:hunter2@a.example/?k=hunter2","models":{"m":{}}},
      "b":{"vendor":"groq","api_key":["hunter2"]},
      "c":{"vendor":"groq","api_key":{"access_key_id":"hunter2","secret_access_key":""}}},
      "keys":{"k":{"hash":"hunter2"}},"admins":{"a":{"hash":"sha256:hunter2"}}})",
    1,
    KnownSurroundings{});
  CHECK(reading.document == nullptr);
  CHECK(reading.problems.size() >= 6);
  CHECK(in_words(reading).find("hunter2") == std::string::npos);
}

TEST_CASE("where the machine has no zones the message says what to install") {
  KnownSurroundings bare;
  bare.files.clear();
  const auto reading = read_document(R"({"teams":{"t":{"day":"America/Los_Angeles"}}})", 1, bare);
  REQUIRE(reading.problems.size() == 1);
  CHECK(reading.problems[0].code == "unknown_zone");
  CHECK(reading.problems[0].message.find("tzdata") != std::string::npos);
}
