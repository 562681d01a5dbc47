#pragma once

#include "persistence/request_filter.hpp"
#include "persistence/request_index.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What one question looks at: requests in the index, and, for a text, their lines. Where that is
/// not enough it answers what it found by then.
constexpr std::uint64_t scan_rows_max = 20'000'000;
constexpr std::uint64_t scan_lines_max = 3'000'000;

/// Which requests are asked for.
struct RequestQuery {
  WallTime from{}; // by their end
  WallTime to{};   // not included
  RequestFilter filter = {};
  /// Part of the id, of the client's x-request-id or of the model asked for, whatever its case.
  std::string text = {};
};

/// A block out of the index.
struct LoadedBlock {
  std::string bytes; // what `texts` looks at, unless the block is still in memory
  IndexTexts texts;
  std::vector<RequestRow> rows;
};
/// Nothing where it is gone or damaged.
std::optional<LoadedBlock> load_block(const RequestIndex& index, const IndexBlockPlace& place);

/// A walk over the log's requests that a query asks for, by place, in one direction or the other.
/// It goes a step at a time, so that several may take turns, and none keeps a thread for long.
/// Thread: the index's.
class RequestScan {
public:
  RequestScan(RequestIndex& index, RequestQuery query, bool oldest_first)
      : index_(index), query_(std::move(query)), oldest_first_(oldest_first) {}
  virtual ~RequestScan() = default;
  RequestScan(const RequestScan&) = delete;
  RequestScan& operator=(const RequestScan&) = delete;

  /// Looks at a block at most, or indexes one. False where it is over. Errors: storage_unavailable.
  Result<bool> step();

protected:
  enum class Verdict : std::uint8_t { look, skip };

  /// The requests of a block, before any is looked at. `all` of its requests with an outcome that
  /// the filter takes are asked for, so that a count needs no look at them.
  virtual Verdict meet(const IndexBlockPlace& block, bool all) = 0;
  /// One that is asked for. False: enough.
  virtual bool take(const RequestPlace& place, const RequestRow& row) = 0;
  /// The walk is over; `whole` is false where it ended because it had looked at too many, the last
  /// of them at `last`.
  virtual void finish(bool whole, const RequestPlace& last) = 0;

  RequestIndex& index() noexcept { return index_; }
  const RequestQuery& query() const noexcept { return query_; }
  bool oldest_first() const noexcept { return oldest_first_; }

private:
  enum class Phase : std::uint8_t { begun, indexing, walking, over };

  Result<bool> gather();
  bool overlaps(const IndexBlockHead& head) const noexcept;
  bool is_within(const IndexBlockHead& head) const noexcept;
  /// False: enough.
  bool look_at(const IndexBlockPlace& place);
  bool has_text(const IndexBlockPlace& place, const RequestRow& row);
  void end(bool whole);

  RequestIndex& index_;
  const RequestQuery query_;
  const bool oldest_first_;
  Phase phase_ = Phase::begun;
  std::vector<IndexBlockPlace> blocks_; // in the order of the walk, turned around: the next is last
  RequestPlace last_;
  std::uint64_t rows_ = 0;
  std::uint64_t lines_ = 0;
  std::string needle_;  // the text as lines have it, in lower case
  std::string journal_; // of the block that is looked at, where its lines are
};

} // namespace gateway
