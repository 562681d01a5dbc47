#include "actors/cluster/record_shares.hpp"

namespace gateway {

ShareTable shares_of(const ClusterRecord& record, std::uint32_t member) {
  std::vector<ShareTable::Row> rows;
  const auto gone = record.gone();
  for (const auto& [number, quota] : record.quotas()) {
    auto spec = quota.spec;
    const auto init = quota.inits.find(member);
    spec.share =
      QuotaShare{quota.version, init == quota.inits.end() ? 0 : init->second, gone, quota.cools_in};
    rows.push_back({number, std::move(spec)});
  }
  return ShareTable{std::move(rows)};
}

} // namespace gateway
