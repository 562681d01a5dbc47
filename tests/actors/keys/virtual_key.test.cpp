#include "actors/keys/virtual_key.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace gateway;

namespace {

std::shared_ptr<const Document>
document_with(std::map<std::string, KeyConfig> keys, std::map<std::string, AdminConfig> admins) {
  auto document = std::make_shared<Document>();
  document->keys = std::move(keys);
  document->admins = std::move(admins);
  return document;
}

} // namespace

TEST_CASE("a key's hash is its SHA-256 in hex") {
  // FIPS 180-4's examples.
  CHECK(
    key_hash("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(key_hash("") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a hash of the document is taken in its one form only") {
  const std::string hex(64, 'a');
  CHECK(parse_key_hash(key_hash("abc")) == digest_of("abc"));
  CHECK(parse_key_hash("sha256:" + std::string(64, 'A')) == parse_key_hash("sha256:" + hex));
  CHECK_FALSE(parse_key_hash(hex));
  CHECK_FALSE(parse_key_hash("sha256:"));
  CHECK_FALSE(parse_key_hash("sha256:" + hex + "a"));
  CHECK_FALSE(parse_key_hash("sha256:" + hex.substr(1)));
  CHECK_FALSE(parse_key_hash("sha256:g" + hex.substr(1)));
  CHECK_FALSE(parse_key_hash("sha512:" + hex));
}

TEST_CASE("whoever presents a key is found by its hash") {
  KeyConfig web;
  web.name = "web";
  web.hash = key_hash("gwk_web");
  KeyConfig off;
  off.name = "off";
  off.hash = key_hash("gwk_off");
  off.enabled = false;
  AdminConfig ops;
  ops.name = "ops";
  ops.hash = key_hash("gwk_ops");
  ops.role = AdminRole::operator_;
  const KeyTable table(document_with({{"web", web}, {"off", off}}, {{"ops", ops}}));
  CHECK(table.any_key());
  REQUIRE(table.find_key("gwk_web") != nullptr);
  CHECK(table.find_key("gwk_web")->name == "web");
  REQUIRE(table.find_key("gwk_off") != nullptr);
  CHECK_FALSE(table.find_key("gwk_off")->enabled);
  CHECK(table.find_key("gwk_ops") == nullptr); // an admin's key asks for no answers
  REQUIRE(table.find_admin("gwk_ops") != nullptr);
  CHECK(table.find_admin("gwk_ops")->role == AdminRole::operator_);
  CHECK(table.find_admin("gwk_web") == nullptr);
  CHECK(table.find_key(web.hash) == nullptr); // the hash is no key
  CHECK(table.find_key("") == nullptr);
  CHECK(table.find_key("gwk_we") == nullptr);
  CHECK(table.find_key(std::string(100'000, 'x')) == nullptr);
}

TEST_CASE("a document without keys has none, and outlives its table's makers") {
  auto document = document_with({}, {});
  const KeyTable table(document);
  document.reset();
  CHECK_FALSE(table.any_key());
  CHECK(table.find_key("gwk_web") == nullptr);
  CHECK(table.find_admin("gwk_web") == nullptr);
}

TEST_CASE("a malformed hash lets nobody in") {
  KeyConfig broken;
  broken.hash = "sha256:";
  const KeyTable table(document_with({{"broken", broken}}, {}));
  CHECK(table.any_key());
  CHECK(table.find_key("") == nullptr);
  CHECK(table.find_key("sha256:") == nullptr);
}

TEST_CASE("new keys are long, printable and never the same") {
  std::set<std::string> made;
  for (int i = 0; i < 100; ++i) {
    const auto key = make_key().reveal();
    CHECK(key.size() == 47);
    CHECK(key.starts_with("gwk_"));
    CHECK(
      key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
      == std::string::npos);
    made.insert(key);
  }
  CHECK(made.size() == 100);
}

TEST_CASE("the presented key is taken from the headers that clients use") {
  struct Row {
    std::vector<Header> headers;
    std::optional<std::string_view> key;
  };
  const Row rows[]{
    {{}, std::nullopt},
    {{{"Authorization", "Bearer k1"}}, "k1"},
    {{{"authorization", "bearer   k1  "}}, "k1"},
    {{{"authorization", " \tBEARER\tk1"}}, "k1"},
    {{{"Authorization", "Bearer"}}, std::nullopt},
    {{{"Authorization", "Bearer "}}, std::nullopt},
    {{{"Authorization", "Bearerk1"}}, std::nullopt},
    {{{"Authorization", "Basic azE="}}, std::nullopt},
    {{{"x-api-key", " k2 "}}, "k2"},
    {{{"API-Key", "k3"}}, "k3"},
    {{{"x-goog-api-key", "k4"}}, "k4"},
    {{{"x-api-key", ""}, {"api-key", "k3"}}, "k3"},
    {{{"api-key", "k3"}, {"x-api-key", "k2"}, {"Authorization", "Bearer k1"}}, "k1"},
    {{{"Authorization", "Basic azE="}, {"x-api-key", "k2"}}, "k2"},
  };
  for (const auto& row : rows) {
    INFO(
      (row.headers.empty()
         ? ""
         : std::string(row.headers[0].name) + ": " + std::string(row.headers[0].value)));
    CHECK(presented_key(row.headers) == row.key);
  }
}
