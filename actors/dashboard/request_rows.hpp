#pragma once

#include "net/base/time.hpp"
#include "persistence/index_block.hpp"
#include "persistence/request_filter.hpp"
#include "persistence/request_record.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gateway {

/// Rows of requests for people to read as they end: so many a second, the newest of each look; the
/// rest is counted.
class RequestRows {
public:
  explicit RequestRows(int a_second) : a_second_(a_second), allowed_(a_second) {}

  /// `rows` ended since the last look, oldest first; of some more nobody knows.
  void add(std::span<const RequestRecord* const> rows, std::int64_t unknown, Instant now);
  /// A RequestsEvent (openapi.yaml) of the rows let through since the last one; nothing where there
  /// are none.
  std::optional<std::string> take();
  /// Nobody is there to be told.
  void drop();

private:
  const int a_second_;
  double allowed_;
  Instant at_{};
  std::string items_;
  std::int64_t dropped_ = 0;
};

/// The requests of one look, for the filters of all who want to see some: the same filters, and the
/// same way of applying them, as those of the request log.
class RowSelection {
public:
  explicit RowSelection(std::span<const RequestRecord> records);
  /// In the order they ended in.
  std::vector<const RequestRecord*> matching(const RequestFilter& filter) const;

private:
  std::span<const RequestRecord> records_;
  IndexBlock block_{0};
};

} // namespace gateway
