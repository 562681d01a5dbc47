#include "persistence/request_log.hpp"

#include "net/base/log.hpp"
#include "persistence/request_ranking.hpp"

#include <utility>

namespace gateway {
namespace {

// Parts of a question's work before the next one's turn: a few milliseconds.
constexpr int steps_a_turn = 4;

template <class Answer>
Result<Answer> answered(Result<void> over, Answer answer) {
  if (!over) return fail(std::move(over.error()));
  return answer;
}

} // namespace

RequestLog::RequestLog(const std::string& data)
    : index_(real_files(), data),
      // A job each, and one that catches up.
      thread_(log_questions_max + 1, StoreThread::Priority::low) {}

void RequestLog::page(RequestPaging::Wanted wanted, Done<RequestPage> done) {
  if (wanted.order.by == RequestOrder::By::time)
    page(std::make_shared<RequestPaging>(index_, std::move(wanted)), std::move(done));
  else
    page(std::make_shared<RequestRanking>(index_, std::move(wanted)), std::move(done));
}

template <class Paging>
void RequestLog::page(std::shared_ptr<Paging> paging, Done<RequestPage> done) {
  ask(
    [paging] { return paging->step(); },
    [paging, done = std::move(done)](Result<void> over) {
      done(answered(std::move(over), std::move(*paging).page()));
    });
}

void RequestLog::histogram(RequestQuery query, const UsageGrid& grid, Done<RequestHistogram> done) {
  const auto counting = std::make_shared<RequestCounting>(index_, std::move(query), grid);
  ask(
    [counting] { return counting->step(); },
    [counting, done = std::move(done)](Result<void> over) {
      done(answered(std::move(over), std::move(*counting).histogram()));
    });
}

void RequestLog::find(std::string id, Done<std::optional<RequestRecord>> done) {
  const auto lookup = std::make_shared<RequestLookup>(index_, std::move(id));
  ask(
    [lookup] { return lookup->step(); },
    [lookup, done = std::move(done)](Result<void> over) {
      done(answered(std::move(over), std::move(*lookup).found()));
    });
}

void RequestLog::ask(Step step, std::function<void(Result<void>)> over) {
  if (questions_.fetch_add(1) >= log_questions_max) {
    questions_.fetch_sub(1);
    return over(
      fail(ErrorKind::overloaded, "Too many questions about requests are under way already."));
  }
  go_on(
    std::make_shared<Step>(std::move(step)),
    std::make_shared<std::function<void(Result<void>)>>(
      [this, over = std::move(over)](Result<void> result) {
        questions_.fetch_sub(1);
        over(std::move(result));
      }));
}

void RequestLog::go_on(
  std::shared_ptr<Step> step, std::shared_ptr<std::function<void(Result<void>)>> over) {
  // There is room for every question's job; at the end of the node the rest is dropped.
  thread_.run([this, step, over] {
    for (int i = 0; i < steps_a_turn; ++i) {
      auto more = (*step)();
      if (!more) return (*over)(fail(std::move(more.error())));
      if (!*more) return (*over)({});
    }
    go_on(step, over);
  });
}

void RequestLog::catch_up() {
  if (catching_up_.exchange(true)) return;
  const auto looked = std::make_shared<bool>(false);
  const auto step = std::make_shared<Step>([this, looked]() -> Result<bool> {
    if (!std::exchange(*looked, true))
      if (auto seen = index_.look(); !seen) return fail(std::move(seen.error()));
    return index_.catch_up(Day::min(), Day::max());
  });
  go_on(step, std::make_shared<std::function<void(Result<void>)>>([this](Result<void> over) {
          if (!over) log::warn("request index not kept up problem={}", over.error().message);
          catching_up_ = false;
        }));
}

} // namespace gateway
