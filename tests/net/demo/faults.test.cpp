#include "net/demo/faults.hpp"

#include "net/demo/control.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("every fault is found by its name", "[net][demo]") {
  for (const auto& [fault, name] : demo_fault_names()) {
    CHECK(find_demo_fault(name) == fault);
    CHECK(name_of(fault) == name);
  }
  CHECK_FALSE(find_demo_fault("418"));
}

TEST_CASE("an order hits as many requests as it says", "[net][demo]") {
  DemoFaultPlan plan{1};
  CHECK(plan.next() == DemoFault::none);
  DemoFaultOrder order;
  order.fault = DemoFault::cut;
  order.count = 2;
  plan.order(order);
  CHECK(plan.next() == DemoFault::cut);
  CHECK(plan.next() == DemoFault::cut);
  CHECK(plan.next() == DemoFault::none);
  order.count.reset();
  plan.order(order);
  for (int i = 0; i < 10; ++i) CHECK(plan.next() == DemoFault::cut);
  plan.order({});
  CHECK(plan.next() == DemoFault::none);
}

TEST_CASE("a rate hits its share, the same ones for the same seed", "[net][demo]") {
  DemoFaultOrder order;
  order.fault = DemoFault::status_500;
  order.rate = 0.3;
  const auto hits = [&](std::uint64_t seed) {
    DemoFaultPlan plan{seed};
    plan.order(order);
    std::vector<bool> hit;
    for (int i = 0; i < 1'000; ++i) hit.push_back(plan.next() == DemoFault::status_500);
    return hit;
  };
  const auto first = hits(7);
  CHECK(first == hits(7));
  CHECK(first != hits(8));
  const auto count = std::count(first.begin(), first.end(), true);
  CHECK(count > 250);
  CHECK(count < 350);
}

TEST_CASE("an order is read from JSON and nonsense is refused", "[net][demo]") {
  const auto whole =
    read_demo_order(R"({"fail":"slow","count":3,"rate":0.5,"after":2,"wait_ms":1500})");
  REQUIRE(whole);
  CHECK(whole->fault == DemoFault::slow);
  CHECK(whole->count == 3);
  CHECK(whole->rate == 0.5);
  CHECK(whole->after == 2);
  CHECK(whole->wait == 1'500ms);
  CHECK(read_demo_order(R"({"fail":"none"})")->fault == DemoFault::none);
  const auto wrong = GENERATE(
    "",
    "[]",
    "{}",
    R"({"fail":"418"})",
    R"({"fail":429})",
    R"({"fail":"429","count":-1})",
    R"({"fail":"429","rate":2})",
    R"({"fail":"429","wait_ms":"soon"})");
  CAPTURE(wrong);
  CHECK_FALSE(read_demo_order(wrong));
}
