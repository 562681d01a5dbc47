#include "net/base/byte_scan.hpp"

#include "net/base/json_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace gateway;

TEST_CASE("the first odd byte is found wherever it stands, and whatever follows", "[base]") {
  for (std::size_t size = 0; size <= 40; ++size) {
    const std::string plain(size, '\xff'); // as far from any bound as can be
    CHECK(find_json_escape(plain) == size);
    for (std::size_t at = 0; at < size; ++at)
      for (const char odd : {'\0', '\x1f', '"', '\\'}) {
        auto text = plain;
        text[at] = odd;
        CHECK(find_json_escape(text) == at);
        text.back() = odd;
        CHECK(find_json_escape(text) == at);
      }
  }
}

TEST_CASE("bytes next to an odd one are plain", "[base]") {
  for (const char near : {' ', '!', '#', '[', ']', '\x7f', '\x80'}) {
    const std::string text(23, near);
    CHECK(find_json_escape(text) == text.size());
  }
}

TEST_CASE("the first eight bytes decide nothing about those behind", "[base]") {
  // A word that may be odd by mistake goes to the single bytes, and these go on to the end.
  const auto never = [](std::uint64_t) { return false; };
  const auto letters = [](char c) { return c != '.'; };
  CHECK(count_plain("abcdefghijklmnop.q", never, letters) == 16);
  CHECK(count_plain("abcdefghijklmnop", never, letters) == 16);
}
