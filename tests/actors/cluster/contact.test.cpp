#include "actors/cluster/contact.hpp"

#include "actors/quota/permit_layout.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

ContactTerms terms(std::vector<std::uint32_t> voters, Milliseconds silence = Milliseconds{10'000}) {
  return {1, std::move(voters), silence};
}

std::optional<Instant>
stopped_by(const std::vector<ContactTerms>& all, const std::map<std::uint32_t, Instant>& heard) {
  return gateway::stopped_by(std::span{all}, heard);
}

} // namespace

TEST_CASE("contact is as old as what most of the voters have echoed", "[cluster][contact]") {
  const std::map<std::uint32_t, Instant> echoed{
    {0, Instant{10s}}, {1, Instant{30s}}, {2, Instant{20s}}};
  CHECK(contact_at(terms({0, 1, 2}), 7, echoed) == Instant{20s});
  // A voter hears itself.
  CHECK(contact_at(terms({0, 1, 7}), 7, echoed) == Instant{30s});
  CHECK(contact_at(terms({0, 1, 2, 7}), 7, echoed) == Instant{20s});
  CHECK(contact_at(terms({0, 1, 2, 3, 4}), 7, echoed) == Instant{10s});
  CHECK_FALSE(contact_at(terms({0, 3, 4}), 7, echoed));
  CHECK_FALSE(contact_at({}, 7, echoed));
}

TEST_CASE("whoever most of the voters don't hear has stopped", "[cluster][contact]") {
  const std::map<std::uint32_t, Instant> heard{{0, Instant{10s}}, {1, Instant{30s}}};
  CHECK(stopped_by({terms({0, 1, 2})}, heard) == Instant{30s} + stretched(10s));
  // Two of four are no majority.
  CHECK(stopped_by({terms({0, 1, 2, 3})}, heard) == Instant{30s} + stretched(10s));
  CHECK_FALSE(stopped_by({terms({0, 2, 3})}, heard));
  // The one of five that was the last to hear it did not hear it with most of the others.
  const std::map<std::uint32_t, Instant> four{
    {0, Instant{1s}}, {1, Instant{2s}}, {2, Instant{3s}}, {3, Instant{99s}}};
  CHECK(stopped_by({terms({0, 1, 2, 3, 4})}, four) == Instant{3s} + stretched(10s));
}

TEST_CASE("it may go by the longest of the terms that somebody may go by", "[cluster][contact]") {
  const std::map<std::uint32_t, Instant> heard{{0, Instant{10s}}, {1, Instant{30s}}};
  const auto now = terms({0, 1, 2});
  CHECK(
    stopped_by({terms({0, 1, 2}, Milliseconds{50'000}), now}, heard)
    == Instant{30s} + stretched(50s));
  CHECK_FALSE(stopped_by({ContactTerms{}, now}, heard));
  CHECK_FALSE(stopped_by({terms({0, 2, 3}), now}, heard));
}

TEST_CASE("most voters of an odd number are found by trying all", "[cluster][contact]") {
  // However they are split into those who hear it and those who told that they don't: never is
  // there contact by the one half and a stop by the other.
  for (std::uint32_t count = 1; count <= 7; ++count) {
    std::vector<std::uint32_t> voters;
    for (std::uint32_t i = 0; i < count; ++i) voters.push_back(i);
    for (std::uint32_t split = 0; split < (1U << count); ++split) {
      std::map<std::uint32_t, Instant> hear;
      std::map<std::uint32_t, Instant> told;
      for (std::uint32_t i = 0; i < count; ++i)
        (((split >> i) & 1U) != 0 ? hear : told)[i] = Instant{5s};
      CAPTURE(count, split);
      const bool has_contact = contact_at(terms(voters), 99, hear).has_value();
      const bool has_stopped = stopped_by({terms(voters)}, told).has_value();
      CHECK(has_contact != has_stopped);
    }
  }
}
