#include "actors/cluster/formation.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

const Instant start{1'000s};

/// What a node sees whose --join names two others.
Formation::View view_of_three(std::set<std::string> linked, std::set<std::string> heard_of = {}) {
  Formation::View view;
  view.places_given = 2;
  view.is_every_name_resolved = true;
  view.linked = std::move(linked);
  view.heard_of = std::move(heard_of);
  return view;
}

bool begins_at_last(const std::string& self, const Formation::View& view) {
  Formation formation{self};
  return formation.begins(view, start) || formation.begins(view, start + Formation::settles_in);
}

} // namespace

TEST_CASE("the smallest name begins the cluster once a majority answers", "[cluster][formation]") {
  struct Row {
    const char* when;
    const char* self;
    std::set<std::string> linked, heard_of;
    bool begins;
  };
  const auto row = GENERATE(
    Row{"nobody answers", "gw-1", {}, {}, false},
    Row{"one of two answers", "gw-1", {"gw-2"}, {}, true},
    Row{"all answer", "gw-1", {"gw-2", "gw-3"}, {}, true},
    Row{"another has a smaller name", "gw-2", {"gw-1", "gw-3"}, {}, false},
    Row{"a smaller name is known by hearsay", "gw-2", {"gw-3"}, {"gw-1", "gw-3"}, false});
  CAPTURE(row.when);
  CHECK(begins_at_last(row.self, view_of_three(row.linked, row.heard_of)) == row.begins);
}

TEST_CASE("a node that stands alone behind its own --join begins one", "[cluster][formation]") {
  Formation::View view;
  view.is_every_name_resolved = true;
  CHECK(begins_at_last("gw-1", view));
}

TEST_CASE("an unknown name may stand for a majority", "[cluster][formation]") {
  auto view = view_of_three({"gw-2", "gw-3"});
  view.is_every_name_resolved = false;
  CHECK_FALSE(begins_at_last("gw-1", view));
}

TEST_CASE("a cluster begins only when nobody new came for a while", "[cluster][formation]") {
  Formation formation{"gw-1"};
  CHECK_FALSE(formation.begins(view_of_three({"gw-2"}), start));
  const auto later = start + Formation::settles_in;
  CHECK_FALSE(formation.begins(view_of_three({"gw-2", "gw-3"}), later - 1ms));
  CHECK_FALSE(formation.begins(view_of_three({"gw-2", "gw-3"}), later));
  CHECK(formation.begins(view_of_three({"gw-2", "gw-3"}), later + Formation::settles_in));
}
