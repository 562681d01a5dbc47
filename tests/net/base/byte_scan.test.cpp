#include "net/base/byte_scan.hpp"

#include "net/base/header.hpp"
#include "net/base/json_text.hpp"

#include <catch2/catch.hpp>

#include <cctype>
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

TEST_CASE("what stands behind a text is none of it", "[base]") {
  const std::string text = "plain\"";
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK(find_json_escape(std::string_view{text}.substr(0, size)) == size);
}

TEST_CASE("bytes above 0x7f are told from those below", "[base]") {
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text(20, '\x7f');
    text[at] = '\x80';
    CHECK(find_marked(text, marks_above_ascii) == at);
  }
}

TEST_CASE("texts are the same but for the case of ASCII letters, and for nothing else", "[base]") {
  const std::string other = "@AZ[`az{\x7f\xc1\xe1 !09";
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      const bool same = a == b || (std::isalpha(a) != 0 && (a ^ b) == 0x20);
      for (const std::size_t at : {0, 6, 8, 14}) {
        auto one = other;
        auto two = other;
        one[at] = static_cast<char>(a);
        two[at] = static_cast<char>(b);
        if (same_ignoring_case(one, two) != same) FAIL(a << " and " << b << " at " << at);
      }
    }
  for (std::size_t size = 0; size < 20; ++size) {
    const std::string small(size, 'x');
    CHECK(same_ignoring_case(small, std::string(size, 'X')));
    if (size > 0) CHECK_FALSE(same_ignoring_case(small, std::string(size - 1, 'x') + 'y'));
  }
}
