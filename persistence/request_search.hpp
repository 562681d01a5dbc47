#pragma once

#include "persistence/found_count.hpp"
#include "persistence/request_scan.hpp"
#include "persistence/usage_walk.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

/// A count is cut off there, as `exact: false` says.
constexpr std::uint64_t request_count_max = 1'000'000;
constexpr std::size_t request_page_max = 500;

/// What a page is in the order of: when requests ended, which is the log's order, or a number of
/// theirs. What is not known comes last, and of equal ones the newest first.
struct RequestOrder {
  enum class By : std::uint8_t {
    time,
    attempts,
    tokens_in,
    tokens_out,
    ttft_ms,
    latency_ms,
    cost_n
  };
  By by = By::time;
  bool ascending = false;
};
/// `sort` of GET /admin/v1/requests: a name, with a minus in front the largest first.
std::optional<RequestOrder> read_order(std::string_view text) noexcept;

/// Where a page ended, and what was counted for the first one: `next` and `cursor` of
/// GET /admin/v1/requests.
struct RequestCursor {
  RequestPlace last;
  FoundCount count;
  /// Its rank, of a page in another order than the log's.
  std::optional<std::int64_t> rank = {};

  friend bool operator==(const RequestCursor&, const RequestCursor&) = default;
};
/// As "2026-11-23.0.4711.128412", a point and the rank behind it if there is one, with an "x" at
/// the end where the count is exact; and back.
std::string cursor_text(const RequestCursor& cursor);
std::optional<RequestCursor> read_cursor(std::string_view text) noexcept;

struct RequestPage {
  std::vector<RequestRecord> items; // in the log's order, or against it
  std::vector<RequestCursor> ends;  // where the page would have ended with that item
  std::optional<RequestCursor> next;
  FoundCount count; // of the query, when its first page was asked for
};

/// Reads records by the places of their lines; keeps the file open that it reads from.
class RequestLines {
public:
  explicit RequestLines(const RequestIndex& index) : index_(index) {}
  /// Nothing where the line is gone.
  std::optional<RequestRecord> read(const RequestPlace& place);

private:
  const RequestIndex& index_;
  std::optional<JournalFile> name_;
  Descriptor file_;
  std::string text_;
  RecordReader reader_;
};

/// A page of the log in its own order, newest end first. However many requests come meanwhile,
/// pages one after the other have each request once.
class RequestPaging final : public RequestScan {
public:
  struct Wanted {
    RequestQuery query;
    RequestOrder order = {};
    std::size_t limit = 100;
    std::optional<RequestCursor> behind = {};
  };
  RequestPaging(RequestIndex& index, Wanted wanted);

  /// Once step() is over.
  RequestPage page() && { return std::move(page_); }

private:
  Verdict meet(const IndexBlockPlace& block, bool all) override;
  bool take(const RequestPlace& place, const RequestRow& row) override;
  void finish(bool whole, const RequestPlace& last) override;
  bool is_behind(const RequestPlace& place) const noexcept;
  bool add_to_count(std::uint64_t requests) noexcept;

  const std::size_t limit_;
  std::optional<RequestPlace> behind_;
  bool counting_ = true;
  bool settled_ = false;
  std::vector<RequestPlace> found_; // one more than the page has, if there is one
  RequestPage page_;
};

struct RequestHistogram {
  UsageGrid grid;
  std::vector<std::array<std::uint64_t, 6>> bins; // by step and Outcome
  FoundCount count;                               // of all of them
};

/// How many requests of a list ended how, over time.
class RequestCounting final : public RequestScan {
public:
  /// `grid` covers the query's range.
  RequestCounting(RequestIndex& index, RequestQuery query, const UsageGrid& grid);
  RequestHistogram histogram() && { return std::move(histogram_); }

private:
  Verdict meet(const IndexBlockPlace& block, bool all) override;
  bool take(const RequestPlace& place, const RequestRow& row) override;
  void finish(bool whole, const RequestPlace& last) override;

  RequestHistogram histogram_;
};

/// The request of an id, or the newest of a client's x-request-id. Goes back day by day; one of our
/// ids is looked for first where its time says.
class RequestLookup {
public:
  RequestLookup(RequestIndex& index, std::string id);

  /// False where it is over. Errors: storage_unavailable.
  Result<bool> step();
  std::optional<RequestRecord> found() && { return std::move(found_); }

private:
  bool next_day();
  bool may_have(const IndexBlockHead& head) const noexcept;
  bool look_at(const IndexBlockPlace& place);

  RequestIndex& index_;
  const std::string id_;
  const std::uint64_t hash_;
  std::optional<std::int64_t> started_; // where the id says so, and that is believed
  std::vector<Day> days_;               // the next one is last
  std::vector<IndexBlockPlace> blocks_; // of a day, the newest last
  bool begun_ = false;
  std::optional<RequestRecord> found_;
};

} // namespace gateway
