#include "actors/api/content_coding.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

TEST_CASE("a client gets the smallest coding that it takes", "[api]") {
  struct Row {
    std::optional<std::string_view> accepts;
    ContentCoding coding;
  };
  const auto row = GENERATE(
    Row{std::nullopt, ContentCoding::identity},
    Row{"", ContentCoding::identity},
    Row{"gzip, deflate, br", ContentCoding::brotli},
    Row{"gzip,br", ContentCoding::brotli},
    Row{"gzip, deflate", ContentCoding::gzip},
    Row{"GZIP", ContentCoding::gzip},
    Row{" br ; q=0.5 , gzip", ContentCoding::brotli},
    Row{"br;q=0, gzip;q=1", ContentCoding::gzip},
    Row{"br;q=0.000, gzip; Q=0", ContentCoding::identity},
    Row{"br;q=0.001", ContentCoding::brotli},
    Row{"brotli, xgzip, deflate", ContentCoding::identity},
    Row{",,;q=0,", ContentCoding::identity});
  CAPTURE(row.accepts.value_or("nothing"));
  CHECK(best_coding(row.accepts) == row.coding);
}
