#pragma once

#include "net/base/result.hpp"
#include "persistence/request_index.hpp"
#include "persistence/request_search.hpp"
#include "persistence/store_thread.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace gateway {

/// Questions that are being answered at a time; further ones are refused.
constexpr std::size_t log_questions_max = 16;

/// Answers questions about the request log, on a thread that only takes what time the others leave.
/// Several take turns, so that a long one does not keep a short one waiting.
/// Thread: any may ask; `done` is called on the log's own.
class RequestLog {
public:
  explicit RequestLog(const std::string& data);

  template <class Answer>
  using Done = std::function<void(Result<Answer>)>;
  // Errors of all: overloaded where log_questions_max are under way; storage_unavailable.
  void page(RequestPaging::Wanted wanted, Done<RequestPage> done);
  void histogram(RequestQuery query, const UsageGrid& grid, Done<RequestHistogram> done);
  void find(std::string id, Done<std::optional<RequestRecord>> done);

  /// Takes into the index what was written since, in turns as well; call now and then, so that
  /// nobody who asks waits for it.
  void catch_up();

private:
  /// One part of a question's work; false where it is over.
  using Step = std::function<Result<bool>()>;
  template <class Paging>
  void page(std::shared_ptr<Paging> paging, Done<RequestPage> done);
  void ask(Step step, std::function<void(Result<void>)> over);
  void go_on(std::shared_ptr<Step> step, std::shared_ptr<std::function<void(Result<void>)>> over);

  RequestIndex index_; // used on the thread only
  std::atomic<std::size_t> questions_{0};
  std::atomic<bool> catching_up_{false};
  StoreThread thread_; // the last member: it ends before what it uses
};

} // namespace gateway
