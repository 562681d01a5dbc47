#include "actors/config/bedrock_address.hpp"

#include <algorithm>
#include <array>

namespace gateway {
namespace {

struct Partition {
  std::string_view region_begin;
  std::string_view domain;
};

constexpr std::array partitions{
  Partition{"cn-", "amazonaws.com.cn"},
  Partition{"us-iso-", "c2s.ic.gov"},
  Partition{"us-isob-", "sc2s.sgov.gov"},
  Partition{"eusc-", "amazonaws.eu"},
  Partition{"", "amazonaws.com"},
};

} // namespace

std::string bedrock_address(std::string_view region) {
  const auto* partition = std::ranges::find_if(
    partitions, [&](const Partition& one) { return region.starts_with(one.region_begin); });
  return "https://bedrock-runtime." + std::string{region} + "." + std::string{partition->domain};
}

} // namespace gateway
