#pragma once

#include "actors/quota/quota.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace gateway {

/// One member's part of every quota of its cluster, as of one version of the cluster's record.
class ShareTable {
public:
  struct Row {
    std::uint32_t number = 0; // of the quota, in the record
    QuotaSpec spec;           // with the incarnation, the whole cluster's limit, and the part
  };

  explicit ShareTable(std::vector<Row> rows);

  /// Makes the specs of a document those of this member's books. Of a quota that the record does
  /// not have yet nothing lies here. Where the record has a lower limit than this node reads in
  /// the document (another release of it may know another one), the lower one holds.
  /// What some of them took the place of is put behind them, as long as the record has it.
  void enter(std::vector<QuotaSpec>& specs) const;

  const std::vector<Row>& rows() const noexcept { return rows_; }
  /// By the key of a book; null: it is not in the record any more.
  const Row* row_of(QuotaKey book) const;
  const Row* row_of_number(std::uint32_t number) const;

private:
  std::vector<Row> rows_;
  std::map<QuotaKey, std::size_t> by_book_;
  std::map<QuotaKey, std::size_t> by_document_; // the key without the incarnation
  std::map<std::uint32_t, std::size_t> by_number_;
};

} // namespace gateway
