#include "net/base/text_writer.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("what a writer was given is in the string once it is gone", "[base]") {
  std::string out = "before ";
  {
    TextWriter writer{out};
    writer += "literal ";
    writer += std::string_view{"view "};
    writer += 'c';
    append_number(writer, -42);
    append_json_string(writer, "a\"b");
  }
  CHECK(out == R"(before literal view c-42"a\"b")");
}

TEST_CASE("pieces keep their order across the block's end, however large", "[base]") {
  for (const std::size_t bytes : {1u, 7u, 1'000u, 1'023u, 1'024u, 1'025u, 5'000u}) {
    CAPTURE(bytes);
    std::string expected;
    std::string out;
    {
      TextWriter writer{out};
      for (int i = 0; i < 30; ++i) {
        const std::string piece(bytes, static_cast<char>('a' + i % 26));
        writer += piece;
        append_number(writer, i);
        expected += piece + std::to_string(i);
      }
    }
    CHECK(out == expected);
  }
}
