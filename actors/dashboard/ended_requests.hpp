#pragma once

#include "actors/dashboard/request_tally.hpp"
#include "persistence/request_record.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gateway {

/// Which requests somebody wants to see one by one.
enum class RowsWanted : std::uint8_t { none, failovers, all };

/// What ended since the last look, as the ledger gathers it for the dashboard.
class EndedRequests {
public:
  /// Between two looks, more than a node answers in that time; what comes beyond is only counted.
  static constexpr std::size_t records_max = 4'096;

  /// Nobody else needs the record any more.
  void add(RequestRecord&& record, RowsWanted wanted);

  RequestTally tally;
  std::vector<RequestRecord> records; // of those wanted
  std::int64_t left_out = 0;          // wanted, but too many
};

} // namespace gateway
