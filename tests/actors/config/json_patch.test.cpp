#include "actors/config/json_patch.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace gateway;

namespace {

/// The document after the patch, or the first problem as "POINTER MESSAGE".
std::string patched(const std::string& document, const std::string& patch) {
  auto json = DocumentJson::parse(document);
  Problems problems;
  if (apply_patch(json, DocumentJson::parse(patch), problems)) return json.dump();
  REQUIRE(problems.all().size() == 1);
  CHECK(problems.all()[0].code == "patch");
  return problems.all()[0].pointer + " " + problems.all()[0].message;
}

} // namespace

TEST_CASE("every kind of step of RFC 6902 is applied, and keys keep their places", "[config]") {
  const std::string document = R"({"z":{"a":1},"list":[1,2],"b":3})";
  CHECK(
    patched(document, R"([{"op":"replace","path":"/z","value":7}])")
    == R"({"z":7,"list":[1,2],"b":3})");
  CHECK(
    patched(document, R"([{"op":"add","path":"/list/1","value":9},
                          {"op":"add","path":"/list/-","value":8}])")
    == R"({"z":{"a":1},"list":[1,9,2,8],"b":3})");
  CHECK(patched(document, R"([{"op":"remove","path":"/list"}])") == R"({"z":{"a":1},"b":3})");
  CHECK(
    patched(document, R"([{"op":"move","from":"/z/a","path":"/c"}])")
    == R"({"z":{},"list":[1,2],"b":3,"c":1})");
  CHECK(
    patched(document, R"([{"op":"copy","from":"/list","path":"/z/l"},
                          {"op":"test","path":"/z/l","value":[1,2]}])")
    == R"({"z":{"a":1,"l":[1,2]},"list":[1,2],"b":3})");
  CHECK(patched(document, R"([{"op":"replace","path":"","value":{}}])") == "{}");
}

TEST_CASE("a step that can't be applied is named, without what is in the document", "[config]") {
  const std::string document = R"({"key":"secret-text","n":1,"list":[1,[2]]})";
  const std::string nothing = "there is nothing in the document at this place";
  const auto after_one = [&](const std::string& step) {
    return patched(document, R"([{"op":"add","path":"/x","value":1},)" + step + "]");
  };
  for (const std::string path : {"/no", "/n/m", "/key/m", "/list/7", "/list/01", "/list/-"})
    CHECK(
      after_one(R"({"op":"remove","path":")" + path + R"("})")
      == path + " step 2 of the patch: " + nothing);
  for (const std::string path : {"/no/m", "/n/m", "/key/m", "/list/7", "/list/0/1"})
    CHECK(
      after_one(R"({"op":"add","path":")" + path + R"(","value":1})")
      == path + " step 2 of the patch: " + nothing);
  CHECK(
    after_one(R"({"op":"test","path":"/key","value":"guess"})")
    == "/key step 2 of the patch: the document has another value at this place");
  CHECK(after_one(R"({"op":"move","from":"/list","path":"/list/a"})").ends_with(nothing));
  // The list is shorter once its first item has left it.
  CHECK(after_one(R"({"op":"move","from":"/list/1","path":"/list/0/x"})").ends_with(nothing));
  CHECK(after_one(R"({"op":"remove","path":""})").ends_with(nothing));
  CHECK(after_one(R"({"op":"add","path":"no-slash","value":1})").ends_with(nothing));
}

TEST_CASE("what is no patch is refused", "[config]") {
  for (const std::string patch :
       {R"({})",
        R"(["x"])",
        R"([{"op":"add","value":1}])",
        R"([{"op":"add","path":"/x"}])",
        R"([{"op":"copy","path":"/x"}])",
        R"([{"op":"turn","path":"/x"}])",
        R"([{"op":1,"path":2}])"}) {
    CAPTURE(patch);
    CHECK(patched("{}", patch).find("patch") != std::string::npos);
  }
}

TEST_CASE("no patch makes a document that is too large or too deep", "[config]") {
  std::string doubling = R"([{"op":"add","path":"/a","value":[1]})";
  for (int i = 0; i < 40; ++i) doubling += R"(,{"op":"copy","from":"/a","path":"/a/-"})";
  CHECK(patched("{}", doubling + "]").ends_with("too large or too deep"));
  std::string deepening = R"([{"op":"add","path":"/a","value":{"b":1}})";
  for (int i = 0; i < 70; ++i)
    deepening += R"(,{"op":"add","path":"/c","value":{}},{"op":"move","from":"/a","path":"/c/b"},
                    {"op":"move","from":"/c","path":"/a"})";
  CHECK(patched("{}", deepening + "]").ends_with("too large or too deep"));
}
