#include "actors/node/books.hpp"

#include "tests/actors/quota/book_room.hpp"

using namespace gateway;

TEST_CASE("a lost book that nobody was told of leaves nothing to go on with", "[node]") {
  const TestFolder folder;
  ServeOptions options;
  options.data = options.shm.emplace(folder.path());
  options.cluster_listen = PeerAddress{};
  NodeIdentity identity;
  identity.id = test_identity().node;
  identity.epoch = 1;
  const auto memory = open_books(options, 1, identity);
  REQUIRE(memory);
  REQUIRE((*memory)->is_lost());
  const auto clean_stop = folder.path() / "permits.clean.json";
  REQUIRE(close_books(options.data, **memory));
  CHECK_FALSE(std::filesystem::exists(clean_stop));
  (*memory)->found();
  REQUIRE(close_books(options.data, **memory));
  CHECK(std::filesystem::exists(clean_stop));
}
