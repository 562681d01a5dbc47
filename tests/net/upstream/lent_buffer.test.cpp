#include "net/upstream/lent_buffer.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a buffer that grows keeps what it is told to keep", "[net][upstream][pure]") {
  LentBuffer buffer(4);
  std::memcpy(buffer.data(), "abcd", 4);
  buffer.grow(1'000, 3);
  CHECK(buffer.capacity() == 1'000);
  CHECK(std::string_view{buffer.data(), 3} == "abc");
}

TEST_CASE("a shelf lends again what came back in its own size", "[net][upstream][pure]") {
  BufferShelf shelf;
  auto buffer = shelf.lend();
  CHECK(buffer.capacity() == BufferShelf::buffer_bytes);
  const auto* const bytes = buffer.data();
  shelf.take_back(std::move(buffer));
  CHECK(shelf.lend().data() == bytes);
}

TEST_CASE(
  "a shelf lets go of buffers that have grown and of those beyond its bound",
  "[net][upstream][pure]") {
  BufferShelf shelf;
  auto grown = shelf.lend();
  grown.grow(100'000, 0);
  shelf.take_back(std::move(grown));
  CHECK(shelf.spare() == 0);
  std::vector<LentBuffer> lent;
  for (std::size_t i = 0; i < BufferShelf::buffers_max + 3; ++i) lent.push_back(shelf.lend());
  for (auto& buffer : lent) shelf.take_back(std::move(buffer));
  CHECK(shelf.spare() == BufferShelf::buffers_max);
}
