#include "actors/config/edit.hpp"

#include "actors/config/effective.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace gateway;

namespace {

const std::string secret = "sk-0123456789abcdef9c1d";

const std::string live = R"({
  "providers": {
    "local": { "dialect": "openai", "base_url": "http://127.0.0.1:1/v1",
               "api_key": "sk-0123456789abcdef9c1d",
               "models": { "m": { "price": { "input": 1, "output": 0.59 } } } },
    "groq": { "api_key": "env:GROQ_API_KEY" },
    "filed": { "dialect": "openai", "base_url": "http://127.0.0.1:2/v1",
               "api_key": "file:/nowhere/key", "models": { "m": {} } }
  },
  "routes": { "smart": { "targets": [ { "provider": "local", "model": "m" } ] } },
  "settings": { "max_attempts": 2 }
})";

EditBase base_of(const std::string& text) {
  const auto reading = read_effective(text, "", 1);
  REQUIRE(reading.document);
  return {text, "", reading.document};
}

NextVersion edited(const std::string& steps, const std::string& text = live) {
  return edit_document(base_of(text), "[" + steps + "]");
}

std::string put(const std::string& path, const std::string& value) {
  return R"({"op":"add","path":")" + path + R"(","value":)" + value + "}";
}

/// The errors as "POINTER CODE", one a line.
std::string errors_of(const NextVersion& made) {
  std::string lines;
  for (const auto& problem : made.problems)
    if (problem.severity == Problem::Severity::error)
      lines += problem.pointer + " " + problem.code + "\n";
  return lines;
}

std::string shown(const NextVersion& made) {
  std::string all = redacted_text(made.text, {});
  for (const auto& change : made.changes) all += change.pointer + change.before + change.after;
  for (const auto& problem : made.problems) all += problem.pointer + problem.message;
  return all;
}

} // namespace

TEST_CASE("an edit makes the next version and says what it changes", "[config][edit]") {
  const auto made = edited(
    put("/settings/max_attempts", "3") + "," + put("/routes/smart/queue_ms", "100") + ","
    + put("/providers/local/models/m/price/input", "2"));
  REQUIRE(made.document);
  CHECK(made.document->version == 2);
  CHECK(made.document->settings.max_attempts == 3);
  REQUIRE(made.changes.size() == 3);
  CHECK(made.changes[0].pointer == "/providers/local/models/m/price/input");
  CHECK(made.changes[0].before == "1");
  CHECK(made.changes[0].after == "2");
  CHECK(made.changes[0].kind == "price");
  CHECK(made.changes[1].before.empty());
  CHECK(made.changes[1].kind == "route");
  CHECK(made.changes[2].kind == "setting");
  // The secret and the exact price went through unchanged.
  CHECK(made.document->providers.at("local").api_key.reveal() == secret);
  CHECK(made.document->providers.at("local").models.at("m").price->rates.output == 590'000'000);
}

TEST_CASE("all problems of an edit are said at once, with their pointers", "[config][edit]") {
  const auto made = edited(
    put("/settings/max_attemps", "3") + "," + put("/routes/smart/targets/0/model", R"("none")")
    + "," + put("/providers/local/models/m/price/input", "-1"));
  CHECK_FALSE(made.document);
  CHECK(
    errors_of(made)
    == "/providers/local/models/m/price/input minimum\n"
       "/routes/smart/targets/0/model unknown_model\n/settings/max_attemps unknown_key\n");
}

TEST_CASE(
  "a patch that is no JSON, or hides a name behind its twin, is refused", "[config][edit]") {
  CHECK(errors_of(edit_document(base_of(live), "[{]")) == " invalid_json\n");
  const auto twice = R"([{"op":"test","path":"/settings","path":"","value":1}])";
  CHECK(errors_of(edit_document(base_of(live), twice)) == " duplicate_key\n");
  CHECK_FALSE(edit_document(base_of(live), R"([{"op":"replace","path":"","value":3}])").document);
}

TEST_CASE("a secret is read by its hint, and its read form means unchanged", "[config][edit]") {
  const auto at = WallTime{Milliseconds{1'795'444'195'000}};
  const SecretDates dates{{"/providers/local/api_key", {at, "ops"}}};
  const auto seen = redacted_text(live, dates);
  CHECK(seen.find(secret) == std::string::npos);
  CHECK(
    seen.find(R"("api_key":{"$secret":"set","hint":"9c1d","set_at":1795444195000,"by":"ops"})")
    != std::string::npos);
  CHECK(seen.find("env:GROQ_API_KEY") != std::string::npos);
  const auto made = edited(put("", seen) + "," + put("/settings/max_attempts", "4"));
  REQUIRE(made.document);
  CHECK(made.document->providers.at("local").api_key.reveal() == secret);
  CHECK(made.changes.size() == 1);
}

TEST_CASE("a secret's date is that of the version that set it", "[config][edit]") {
  const auto at = [](int milliseconds) { return WallTime{Milliseconds{milliseconds}}; };
  const std::string key = "/providers/local/api_key";
  const auto first = dates_after("", {}, live, {at(1), ""});
  CHECK(first == SecretDates{{key, {at(1), ""}}});
  const auto kept = edited(put("/settings/max_attempts", "9"));
  const auto second = dates_after(live, first, kept.text, {at(2), "ops"});
  CHECK(second == first);
  const auto replaced = edited(put(key, R"({"$secret":{"value":"another-secret"}})"));
  CHECK(
    dates_after(live, first, replaced.text, {at(3), "ops"}) == SecretDates{{key, {at(3), "ops"}}});
  const auto removed = edited(put(key, "null"));
  CHECK(dates_after(live, first, removed.text, {at(4), "ops"}).empty());
  // What the file set has no name, and of what came before dates were kept nothing is known.
  const auto by_file = redacted_text(live, first);
  CHECK(by_file.find(R"("set_at":1,"by":null)") != std::string::npos);
  CHECK(redacted_text(live, {}).find(R"("set_at":null,"by":null)") != std::string::npos);
}

TEST_CASE("a secret is removed as null", "[config][edit]") {
  const auto made = edited(put("/providers/groq/api_key", "null"));
  REQUIRE(made.document);
  CHECK(made.text.find("GROQ_API_KEY") == std::string::npos);
  CHECK(made.changes.size() == 1);
  const auto anew = edited(put("/providers/local/api_key", "null"));
  CHECK(errors_of(anew).empty());
  CHECK(anew.text.find(secret) == std::string::npos);
}

TEST_CASE("headers that are sent with each request are secrets", "[config][edit]") {
  auto text = live;
  const std::string models = R"("models": { "m": { "price")";
  text.insert(
    text.find(models), R"("quirks": {"extra_headers": {"X-Token": "t-0123456789abcdef"}}, )");
  const auto seen = redacted_text(text, {});
  CHECK(seen.find("0123456789abcdef\"") == std::string::npos);
  CHECK(seen.find(R"("X-Token":{"$secret":"set","hint":"cdef")") != std::string::npos);
  const std::string header = "/providers/local/quirks/extra_headers/X-Token";
  const auto kept = edited(put("/settings/max_attempts", "4"), text);
  REQUIRE(kept.document);
  const auto& quirks = kept.document->providers.at("local").quirks;
  CHECK(quirks.extra_headers.at("X-Token") == "t-0123456789abcdef");
  const auto moved =
    edited(put("/providers/local/base_url", R"("https://elsewhere.test/v1")"), text);
  CHECK(errors_of(moved).find(header + " secret_origin\n") != std::string::npos);
  const auto changed = edited(put(header, R"({"$secret":{"value":"another"}})"), text);
  REQUIRE(changed.document);
  CHECK(changed.changes[0].kind == "secret");
  CHECK(shown(changed).find("another") == std::string::npos);
}

TEST_CASE("a new secret is taken and shown nowhere", "[config][edit]") {
  const auto made =
    edited(put("/providers/local/api_key", R"({"$secret":{"value":"sk-fedcba98765432100"}})"));
  REQUIRE(made.document);
  CHECK(made.document->providers.at("local").api_key.reveal() == "sk-fedcba98765432100");
  REQUIRE(made.changes.size() == 1);
  CHECK(made.changes[0].after == R"({"$secret":"replaced"})");
  CHECK(made.changes[0].kind == "secret");
  CHECK(shown(made).find("fedcba") == std::string::npos);
  CHECK(shown(made).find(secret) == std::string::npos);
}

TEST_CASE("forms of a secret that mean nothing are refused where they stand", "[config][edit]") {
  const auto fault = [](const std::string& value) {
    return errors_of(edited(put("/providers/groq/api_key", value)));
  };
  CHECK(fault(R"({"$secret":"set"})") == "/providers/groq/api_key secret_missing\n");
  CHECK(fault(R"({"$secret":{"value":7}})") == "/providers/groq/api_key secret_form\n");
  CHECK(fault(R"({"$secret":{"value":"env:HOME"}})") == "/providers/groq/api_key secret_form\n");
  CHECK(fault(R"("file:/etc/shadow")") == "/providers/groq/api_key secret_path\n");
  CHECK(fault(R"("env:HOME")") == "/providers/groq/api_key secret_variable\n");
  CHECK(fault(R"("env:OPENAI_API_KEY")").empty());
  CHECK(fault(R"("sk-a-literal-key")").empty());
}

TEST_CASE("no edit sends a stored key elsewhere", "[config][edit]") {
  const auto elsewhere = R"("https://elsewhere.test/v1")";
  for (const std::string name : {"local", "groq", "filed"}) {
    const auto path = "/providers/" + name;
    CHECK(
      errors_of(edited(put(path + "/base_url", elsewhere))) == path + "/api_key secret_origin\n");
  }
  CHECK(errors_of(edited(put("/providers/local/base_url", R"("http://127.0.0.1:1/v2")"))).empty());
  const auto anew = put("/providers/local/api_key", R"({"$secret":{"value":"new"}})");
  CHECK(errors_of(edited(put("/providers/local/base_url", elsewhere) + "," + anew)).empty());
  const auto again = put("/providers/local/api_key", R"({"$secret":"set","hint":"9c1d"})");
  CHECK_FALSE(edited(put("/providers/local/base_url", elsewhere) + "," + again).document);
}

TEST_CASE("no patch copies a secret to where it could be read", "[config][edit]") {
  const auto copy = [](const std::string& to) {
    return edited(R"({"op":"copy","from":"/providers/local/api_key","path":")" + to + R"("})");
  };
  CHECK_FALSE(copy("/providers/groq/quirks").document);
  CHECK(errors_of(copy("/providers/groq/api_key")) == "/providers/groq/api_key secret_missing\n");
  const auto hidden = edited(
    put("/providers/groq/quirks", R"({"extra_body":{}})") + ","
    + R"({"op":"copy","from":"/providers/local","path":"/providers/groq/quirks/extra_body/x"})");
  CHECK(hidden.text.find(secret) == hidden.text.rfind(secret));
}

TEST_CASE(
  "going back keeps a secret that was replaced since, unless it goes elsewhere", "[config][edit]") {
  const auto later = edited(
    put("/settings/max_attempts", "9") + ","
    + put("/providers/local/api_key", R"({"$secret":{"value":"the-newer-key-0000"}})"));
  REQUIRE(later.document);
  const auto back = roll_back_document(base_of(later.text), live);
  REQUIRE(back.document);
  CHECK(back.document->settings.max_attempts == 2);
  CHECK(back.document->providers.at("local").api_key.reveal() == "the-newer-key-0000");
  CHECK(back.changes.size() == 1);
  const auto told = std::ranges::find(back.problems, "secret_kept", &Problem::code);
  REQUIRE(told != back.problems.end());
  CHECK(told->pointer == "/providers/local/api_key");
  CHECK(told->severity == Problem::Severity::warning);

  const auto moved = edited(
    put("/providers/local/base_url", R"("http://127.0.0.1:9/v1")") + ","
    + put("/providers/local/api_key", R"({"$secret":{"value":"of-port-nine"}})"));
  REQUIRE(moved.document);
  const auto home = roll_back_document(base_of(moved.text), live);
  REQUIRE(home.document);
  CHECK(std::ranges::find(home.problems, "secret_kept", &Problem::code) == home.problems.end());
  CHECK(home.document->providers.at("local").api_key.reveal() == secret);
}

TEST_CASE("a summary names the first changes and counts the rest", "[config][edit]") {
  std::string steps;
  for (int i = 0; i < 12; ++i)
    steps += (i > 0 ? "," : "") + put("/teams/t" + std::to_string(i), "{}");
  const auto made = edited(put("/teams", "{}") + "," + steps);
  REQUIRE(made.document);
  CHECK(summary_of(made.changes) == std::vector<std::string>{"added /teams"});
  const auto more = edited(
    R"({"op":"remove","path":"/teams/t0"},)" + put("/settings/max_attempts", "5"), made.text);
  CHECK(
    summary_of(more.changes)
    == std::vector<std::string>{"changed /settings/max_attempts", "removed /teams/t0"});
  std::vector<Change> many(12, Change{"/x", "1", "2", "document"});
  CHECK(summary_of(many).size() == 9);
  CHECK(summary_of(many).back() == "and 4 more");
}

namespace {

NextVersion reread(const std::string& last_read, const std::string& file, const std::string& now) {
  return merge_file(base_of(now), last_read, file);
}

const std::string file_a = R"({"settings":{"max_attempts":2,"default_policy":"fastest"},
  "keys":{"a":{"hash":"sha256:0123456789012345678901234567890123456789012345678901234567890123"}}})";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

} // namespace

TEST_CASE("a file that is read again changes what changed in it, and nothing else", "[config]") {
  const auto now = replaced(file_a, "fastest", "priority");
  const auto made = reread(file_a, replaced(file_a, ":2,", ":3,"), now);
  CHECK(errors_of(made) == "");
  REQUIRE(made.changes.size() == 1);
  CHECK(made.changes[0].pointer == "/settings/max_attempts");
  CHECK(made.document->settings.max_attempts == 3);
  CHECK(made.text.find("priority") != std::string::npos);
}

TEST_CASE("what the file adds and takes away is added and taken away", "[config]") {
  const std::string file = R"({"settings":{"max_attempts":2,"default_policy":"fastest"},
    "teams":{"t":{}}})";
  const auto made = reread(file_a, file, file_a);
  CHECK(errors_of(made) == "");
  CHECK(made.document->keys.empty());
  CHECK(made.document->teams.contains("t"));
}

TEST_CASE("a file and an edit that changed the same value clash", "[config]") {
  const auto now = replaced(file_a, ":2,", ":4,");
  CHECK(
    errors_of(reread(file_a, replaced(file_a, ":2,", ":3,"), now))
    == "/settings/max_attempts clash\n");
  SECTION("but not where both made the same of it") {
    const auto made = reread(file_a, replaced(file_a, ":2,", ":4,"), now);
    CHECK(errors_of(made) == "");
    CHECK(made.changes.empty());
  }
  SECTION("what stood around a value may be gone") {
    const auto without = replaced(file_a, R"("default_policy":"fastest")", R"("locked":false)");
    const auto gone = replaced(without, R"("settings":{"max_attempts":2,"locked":false},)", "");
    CHECK(
      errors_of(reread(file_a, replaced(file_a, ":2,", ":3,"), gone))
      == "/settings/max_attempts clash\n");
  }
}

TEST_CASE("members in another order are no change of the file", "[config]") {
  const auto turned = replaced(
    live, R"({ "provider": "local", "model": "m" })", R"({"model":"m","provider":"local"})");
  const auto made = reread(live, turned, live);
  CHECK(errors_of(made) == "");
  CHECK(made.changes.empty());
}

TEST_CASE("a file with a mistake is refused with its place in the file", "[config]") {
  const auto made = reread(file_a, replaced(file_a, ":2,", ":\"x\","), file_a);
  REQUIRE_FALSE(made.document);
  CHECK(made.problems.front().pointer == "/settings/max_attempts");
  CHECK(made.problems.front().line == 1);
}

TEST_CASE("a file that wins is the document, whatever others changed", "[config]") {
  const auto now =
    replaced(replaced(file_a, ":2,", ":4,"), R"("keys":{)", R"("teams":{},"keys":{)");
  const auto made = replace_document(base_of(now), file_a);
  CHECK(errors_of(made) == "");
  CHECK(made.document->settings.max_attempts == 2);
  CHECK(made.text.find("teams") == std::string::npos);
  CHECK_FALSE(made.changes.empty());
  CHECK(replace_document(base_of(file_a), file_a).changes.empty());
  const auto refused = replace_document(base_of(now), replaced(file_a, ":2,", ":\"x\","));
  REQUIRE_FALSE(refused.document);
  CHECK(refused.problems.front().pointer == "/settings/max_attempts");
}
