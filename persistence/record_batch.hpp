#pragma once

#include "persistence/day.hpp"
#include "persistence/request_record.hpp"

#include <vector>

namespace gateway {

/// Records whose lines stand in the journal, and where: what the ledger adds to its totals, so that
/// a snapshot can say exactly which bytes it covers. In the order of the file.
struct RecordBatch {
  Extent extent;
  std::vector<RequestRecord> records;
};

} // namespace gateway
