#include "actors/cluster/address_book.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

const Instant start{1'000s};

PeerAddress at(const std::string& host) {
  return {host, 7'946};
}

std::vector<std::string> hosts(const std::vector<PeerAddress>& places) {
  std::vector<std::string> list;
  for (const auto& place : places) list.push_back(place.host);
  return list;
}

using Hosts = std::vector<std::string>;

/// One that knows the places `given` by a name that stands for them.
AddressBook book_with(const std::vector<PeerAddress>& given) {
  AddressBook book{"gw-1", {at("all.example.org")}, 1};
  CHECK(hosts(book.take_due(start).names) == Hosts{"all.example.org"});
  book.resolved(at("all.example.org"), given, start);
  return book;
}

} // namespace

TEST_CASE("a name that stands for many addresses means all of them", "[cluster][address_book]") {
  auto book = book_with({at("10.0.0.2"), at("10.0.0.3")});
  CHECK(hosts(book.take_due(start).places) == Hosts{"10.0.0.2", "10.0.0.3"});
  CHECK(book.take_due(start + 4s).places.empty()); // both are under way
}

TEST_CASE("a name is looked up again, and found addresses come and go", "[cluster][address_book]") {
  auto book = book_with({at("10.0.0.2")});
  const auto later = start + AddressBook::resolved_again;
  CHECK(book.take_due(later - 1ms).names.empty());
  CHECK(hosts(book.take_due(later).names) == Hosts{"all.example.org"});
  book.resolved(at("all.example.org"), {at("10.0.0.7")}, later);
  CHECK(hosts(book.take_due(later).places) == Hosts{"10.0.0.7"});
  book.failed(at("10.0.0.2"), "gone", later);
  book.failed(at("10.0.0.7"), "gone", later);
  CHECK(book.out_of_reach().size() == 2);
  const auto much_later = later + AddressBook::kept_for + 1ms;
  book.take_due(much_later);
  REQUIRE(book.out_of_reach().size() == 1); // the one that the name stands for
  CHECK(book.out_of_reach()[0].address == at("10.0.0.7"));
}

TEST_CASE("a name that nobody knows is told of once, and tried again", "[cluster][address_book]") {
  AddressBook book{"gw-1", {at("no.example.org")}, 1};
  book.take_due(start);
  CHECK(book.not_resolved(at("no.example.org"), "no address", start));
  CHECK_FALSE(book.is_every_name_resolved());
  book.take_due(start + 10s);
  CHECK_FALSE(book.not_resolved(at("no.example.org"), "no address", start + 10s));
  CHECK(book.out_of_reach().at(0).problem == "no address");
}

TEST_CASE(
  "pauses double from 100 ms to 5 s, half as long to half again", "[cluster][address_book]") {
  auto book = book_with({at("10.0.0.2")});
  auto now = start;
  for (const auto full : {100ms, 200ms, 400ms, 800ms, 1'600ms, 3'200ms, 5'000ms, 5'000ms}) {
    REQUIRE(book.take_due(now).places.size() == 1);
    book.failed(at("10.0.0.2"), "refused", now);
    CAPTURE(full.count());
    CHECK(book.take_due(now + full / 2 - 1ms).places.empty());
    now += full * 3 / 2;
  }
  CHECK(book.take_due(now).places.size() == 1);
}

TEST_CASE("nodes that failed together try apart", "[cluster][address_book]") {
  const auto tries_at = [](std::uint64_t seed) {
    AddressBook book{"gw-1", {at("10.0.0.2")}, seed};
    REQUIRE(hosts(book.take_due(start).places) == Hosts{"10.0.0.2"}); // it stands for itself
    book.failed(at("10.0.0.2"), "refused", start);
    auto now = start;
    while (book.take_due(now).places.empty()) now += 1ms;
    return now - start;
  };
  CHECK(tries_at(1) == tries_at(1));
  CHECK(tries_at(1) != tries_at(2));
}

TEST_CASE("only another reason is news", "[cluster][address_book]") {
  auto book = book_with({at("10.0.0.2")});
  CHECK(book.failed(at("10.0.0.2"), "refused", start));
  CHECK_FALSE(book.failed(at("10.0.0.2"), "refused", start));
  CHECK(book.failed(at("10.0.0.2"), "no answer", start));
}

TEST_CASE("who refuses is left alone for seconds", "[cluster][address_book]") {
  auto book = book_with({at("10.0.0.2")});
  book.take_due(start);
  book.refused(at("10.0.0.2"), "wrong cluster", start);
  CHECK(book.take_due(start + AddressBook::pause_most / 2 - 1ms).places.empty());
  CHECK(book.take_due(start + AddressBook::pause_most * 3 / 2).places.size() == 1);
}

TEST_CASE("any one member is enough to learn all", "[cluster][address_book]") {
  auto book = book_with({at("10.0.0.2")});
  book.take_due(start);
  book.linked("gw-2", at("10.0.0.2"), at("10.0.0.2"), start);
  book.told({{"gw-1", at("10.0.0.1")}, {"gw-3", at("10.0.0.3")}, {"gw-4", at("10.0.0.4")}}, start);
  CHECK(hosts(book.take_due(start).places) == Hosts{"10.0.0.3", "10.0.0.4"}); // not itself
  CHECK(book.names() == std::set<std::string>{"gw-2", "gw-3", "gw-4"});
}

TEST_CASE("who is linked is not dialled, at whatever address", "[cluster][address_book]") {
  auto book = book_with({at("10.0.0.2"), at("192.168.0.2")});
  book.linked("gw-2", at("10.0.0.2"), {}, start);
  book.belongs_to(at("192.168.0.2"), "gw-2");
  CHECK(book.take_due(start + 1min).places.empty());
  book.unlinked("gw-2", start);
  CHECK(book.take_due(start + 49ms).places.empty());
  CHECK(book.take_due(start + 150ms).places.size() == 2);
}

TEST_CASE("this node's own address is never tried again, nor counted", "[cluster][address_book]") {
  auto book = book_with({at("10.0.0.1"), at("10.0.0.2")});
  CHECK(book.places_given() == 2);
  book.take_due(start);
  book.is_ourselves(at("10.0.0.1"));
  CHECK(book.places_given() == 1);
  CHECK(book.take_due(start + 1h).places.empty());
}

TEST_CASE("only members that are linked are passed on", "[cluster][address_book]") {
  auto book = book_with({});
  book.linked("gw-2", at("10.0.0.2"), {}, start);
  book.told({{"gw-3", at("10.0.0.3")}}, start);
  CHECK(book.linked_members() == std::vector<KnownMember>{{"gw-2", at("10.0.0.2")}});
}

TEST_CASE(
  "what strangers tell of fills no more than there is room for", "[cluster][address_book]") {
  auto book = book_with({});
  for (std::uint16_t port = 1; port <= 2 * AddressBook::places_max; ++port)
    book.told({{"gw-" + std::to_string(port), {"10.0.0.9", port}}}, start);
  CHECK(book.names().size() == AddressBook::places_max);
  CHECK(book.take_due(start).places.size() == AddressBook::dials_max);
  // Nobody tells of them any more.
  CHECK(book.take_due(start + AddressBook::kept_for + 1s).places.empty());
  CHECK(book.names().size() == AddressBook::dials_max); // under way, and so kept for now
}
