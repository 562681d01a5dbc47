#pragma once

#include "persistence/request_search.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace gateway {

/// A page of the log in another order than its own. It looks at all that is asked for and keeps
/// what a page has of it, whatever the number; pages one after the other have each request once.
class RequestRanking final : public RequestScan {
public:
  RequestRanking(RequestIndex& index, RequestPaging::Wanted wanted);

  /// Once step() is over.
  RequestPage page() && { return std::move(page_); }

private:
  struct Ranked {
    std::int64_t rank = 0; // the higher the sooner
    RequestPlace place;

    /// Stands on an earlier page or further up.
    friend bool operator<(const Ranked& a, const Ranked& b) noexcept {
      return a.rank != b.rank ? a.rank > b.rank : a.place > b.place;
    }
  };

  Verdict meet(const IndexBlockPlace& block, bool all) override;
  bool take(const RequestPlace& place, const RequestRow& row) override;
  void finish(bool whole, const RequestPlace& last) override;

  const RequestOrder order_;
  const std::size_t limit_;
  std::optional<Ranked> behind_;
  bool settled_ = false;
  // A heap, the last of them on top: one more than the page has, if there is one.
  std::vector<Ranked> found_;
  RequestPage page_;
};

} // namespace gateway
