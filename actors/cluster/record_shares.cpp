#include "actors/cluster/record_shares.hpp"

namespace gateway {

ShareTable shares_of(const ClusterRecord& record, std::uint32_t member) {
  std::vector<ShareTable::Row> rows;
  std::vector<std::uint32_t> members;
  for (const auto& [number, one] : record.members()) members.push_back(number);
  for (const auto& [number, quota] : record.quotas()) {
    auto spec = quota.spec;
    const auto init = quota.inits.find(member);
    const auto part = init == quota.inits.end() ? 0 : init->second;
    spec.share = QuotaShare{
      quota.version,
      part,
      members,
      record.known(),
      quota.cools_in,
      quota.added_in,
      quota.removed_in};
    rows.push_back({number, std::move(spec)});
  }
  return ShareTable{std::move(rows)};
}

} // namespace gateway
