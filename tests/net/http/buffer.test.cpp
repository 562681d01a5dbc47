#include "net/http/buffer.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace gateway {
namespace {

TEST_CASE("a buffer keeps what it holds while it grows, shrinks and moves", "[net][http][pure]") {
  Buffer buffer;
  CHECK(buffer.size() == 0);
  CHECK(buffer.room() == 0);
  buffer.append("hello ");
  buffer.append("world");
  CHECK(buffer.unread() == "hello world");
  buffer.consume(6);
  CHECK(buffer.unread() == "world");
  buffer.reserve(buffer.capacity()); // moves it to the front
  CHECK(buffer.unread() == "world");
  buffer.reserve(4096);
  CHECK(buffer.unread() == "world");
  CHECK(buffer.capacity() == 4096);
  CHECK(buffer.room() == 4096 - 5);
  buffer.consume(5);
  CHECK(buffer.room() == 4096); // nothing held, so all of it is free again
  buffer.release();
  CHECK(buffer.capacity() == 0);
}

TEST_CASE("behind a full buffer there is readable padding", "[net][http][pure]") {
  Buffer buffer;
  buffer.reserve(100);
  buffer.append(std::string(100, 'x'));
  REQUIRE(buffer.capacity() == 100);
  const auto* behind = buffer.unread().data() + buffer.size();
  std::size_t zeros = 0;
  for (std::size_t i = 0; i < Buffer::padding; ++i) zeros += behind[i] == 0;
  CHECK(zeros == Buffer::padding);
}

} // namespace
} // namespace gateway
