#include "net/base/secret.hpp"

#include "net/base/header.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <type_traits>

using namespace gateway;

namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

} // namespace

TEST_CASE("a secret shows at most its last four characters", "[base][secret]") {
  CHECK(Secret{"sk-0123456789abcdef"}.hint() == "cdef");
  CHECK(Secret{"0123456789abcde"}.hint().empty());
  CHECK(Secret{}.empty());
  CHECK(Secret{"x"}.reveal() == "x");
}

TEST_CASE("a secret cannot be printed or become a string by accident", "[base][secret]") {
  STATIC_REQUIRE(Printable<std::string>); // else the next line proves nothing
  STATIC_REQUIRE_FALSE(Printable<Secret>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<Secret, std::string>);
}

TEST_CASE("header names are found whatever their case", "[base][header]") {
  const Header headers[] = {{"Content-Type", "a"}, {"x-id", "b"}, {"X-ID", "c"}};
  CHECK(find_header(headers, "content-type") == "a");
  CHECK(find_header(headers, "X-Id") == "b"); // the first one
  CHECK_FALSE(find_header(headers, "x-i"));
}
