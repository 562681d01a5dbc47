#include "actors/ledger/metrics.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"
#include "persistence/request_log.hpp"
#include "persistence/retention.hpp"
#include "persistence/store_thread.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>

namespace gateway {
namespace {

constexpr Milliseconds tick_every{250};
constexpr std::chrono::minutes retention_every{10};
constexpr std::size_t traces_per_job_max = 256;
// Traces that wait for the disk; what comes beyond is dropped: no promise hangs on a trace.
constexpr std::size_t traces_waiting_max = 20'000;

struct LedgerState {
  LedgerState() = default;
  static inline const char* name = "ledger";

  std::shared_ptr<LedgerSpec> spec;
  std::shared_ptr<UsageStore> store;
  std::shared_ptr<TraceLog> traces;      // used on the store thread only
  std::shared_ptr<UsageHistory> history; // so is this
  std::shared_ptr<StoreThread> thread;
  RequestMetrics metrics;
  std::vector<TraceEntry> waiting;
  bool snapshot_under_way = false;
  bool was_writable = true;
  Day today{};
  Day prepared{}; // the next day's file was asked for
  WallTime retention_due{};
};

using Self = LedgerActor::stateful_pointer<LedgerState>;

// Runs `job` on the store thread, then what it returns in the ledger again.
bool run_job(Self self, std::function<std::function<void()>()> job) {
  auto ledger = caf::actor_cast<LedgerActor>(self);
  return self->state.thread->run(
    [ledger, job = std::move(job)] { caf::anon_send(ledger, StoreJobDone{job()}); });
}

void add(Self self, RecordsWritten written) {
  auto& state = self->state;
  for (const auto& batch : written.batches) {
    state.store->add(batch);
    for (const auto& record : batch.records) state.metrics.add(record);
  }
  for (auto& trace : written.traces)
    if (state.waiting.size() < traces_waiting_max) state.waiting.push_back(std::move(trace));
}

void write_traces(Self self) {
  auto& state = self->state;
  while (!state.waiting.empty()) {
    const auto count = std::min(state.waiting.size(), traces_per_job_max);
    const auto end = state.waiting.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<TraceEntry> some{
      std::make_move_iterator(state.waiting.begin()), std::make_move_iterator(end)};
    state.waiting.erase(state.waiting.begin(), end);
    if (!run_job(self, [traces = state.traces, some = std::move(some)]() -> std::function<void()> {
          if (auto done = traces->append(some); !done)
            log::warn("traces not written problem={}", done.error().message);
          return nullptr;
        }))
      return; // the disk is far behind: these traces are given up
  }
}

void take_snapshot(Self self, std::function<void()> then) {
  auto& state = self->state;
  state.snapshot_under_way = true;
  auto snapshot = state.store->take(state.spec->clocks.wall());
  state.spec->journal->set_first_open_day(snapshot.first_appendable_day);
  const auto job = [self,
                    data = state.spec->data,
                    snapshot = std::move(snapshot),
                    then = std::move(then)]() -> std::function<void()> {
    auto written = UsageStore::write(real_files(), data, snapshot);
    return [self, written = std::move(written), then] {
      self->state.snapshot_under_way = false;
      if (written)
        self->state.store->closed(*written);
      else
        log::error("usage snapshot not written problem={}", written.error().message);
      if (then) then();
    };
  };
  if (!run_job(self, job)) state.snapshot_under_way = false;
}

void thin_traces(Self self, Day day) {
  run_job(self, [traces = self->state.traces, day]() -> std::function<void()> {
    if (auto done = traces->thin(day); !done)
      log::warn("traces not thinned problem={}", done.error().message);
    return nullptr;
  });
}

// The next day's file is made ahead, so that no io thread waits for the disk at midnight.
void prepare_day(Self self, Day day) {
  run_job(self, [journal = self->state.spec->journal, day]() -> std::function<void()> {
    if (auto made = journal->prepare(day); !made)
      log::warn("next day's journal not made problem={}", made.error().message);
    return nullptr;
  });
}

void keep_days(Self self, WallTime now) {
  auto& state = self->state;
  const auto day = day_of(now);
  if (day != state.today) {
    // What is older than a day was thinned when its day ended; now yesterday's turn comes.
    thin_traces(self, std::exchange(state.today, day) - std::chrono::days{1});
  }
  const auto soon = day_of(now + std::chrono::minutes{5});
  if (soon != day && std::exchange(state.prepared, soon) != soon) prepare_day(self, soon);
  if (now < state.retention_due) return;
  state.retention_due = now + retention_every;
  const RetentionRule rule{state.spec->log_days, state.spec->log_max_gb * 1'000'000'000};
  const auto open = state.store->state().first_open_day;
  run_job(
    self, [folder = state.spec->data + "/requests", rule, open, now]() -> std::function<void()> {
      auto kept = apply_retention(real_files(), folder, rule, open, now);
      if (!kept) log::warn("request log not trimmed problem={}", kept.error().message);
      return nullptr;
    });
}

void watch_journal(Self self) {
  auto& state = self->state;
  const bool writable = state.spec->journal->writable();
  if (writable == state.was_writable) return;
  state.was_writable = writable;
  state.spec->storage_ok(writable);
  if (writable)
    log::info("journal works again");
  else
    log::error("journal not writable problem={}", state.spec->journal->trouble());
}

void tick(Self self) {
  auto& state = self->state;
  const auto now = state.spec->clocks.wall();
  watch_journal(self);
  write_traces(self);
  if (!state.snapshot_under_way && state.store->snapshot_due(now)) take_snapshot(self, nullptr);
  keep_days(self, now);
  self->delayed_send(self, tick_every, LedgerTick{});
}

TotalsAnswer answer_of(Result<UsageAnswer> usage) {
  if (usage) return {std::move(*usage), {}};
  return {std::nullopt, std::move(usage.error())};
}

caf::result<TotalsAnswer> totals(Self self, const TotalsRequest& request) {
  auto& state = self->state;
  const auto now = state.spec->clocks.wall();
  if (!needs_history(state.store->state(), request.query, now)) {
    UsageHistory none{state.spec->data}; // nothing is read through it
    return answer_of(answer_usage(state.store->state(), none, request.query, now));
  }
  auto promise = self->make_response_promise<TotalsAnswer>();
  const auto copy = std::make_shared<UsageState>(state.store->state());
  const auto job = [promise, copy, history = state.history, query = request.query, now]()
    -> std::function<void()> {
    auto usage = answer_usage(*copy, *history, query, now);
    return [promise, usage = std::move(usage)]() mutable {
      promise.deliver(answer_of(std::move(usage)));
    };
  };
  if (!run_job(self, job))
    promise.deliver(
      answer_of(fail(ErrorKind::overloaded, "Too many reports are being made already.")));
  return promise;
}

caf::result<FindAnswer> find(Self self, FindRequest request) {
  auto& state = self->state;
  write_traces(self); // a trace is looked for behind those that wait
  auto promise = self->make_response_promise<FindAnswer>();
  const bool taken = run_job(
    self,
    [promise, traces = state.traces, data = state.spec->data, id = request.id]() mutable
    -> std::function<void()> {
      FindAnswer answer;
      auto record = find_request(data, id);
      if (!record) {
        answer.problem = record.error().message;
      } else if (*record) {
        answer.record = std::move(**record);
        const std::chrono::microseconds latency{answer.record->latency_us};
        const auto ended = answer.record->started + std::chrono::floor<Milliseconds>(latency);
        auto trace = traces->find(answer.record->id, day_of(ended));
        if (trace && *trace) answer.trace = std::move(**trace);
      }
      return
        [promise, answer = std::move(answer)]() mutable { promise.deliver(std::move(answer)); };
    });
  if (!taken) promise.deliver(FindAnswer{{}, "", "too many look-ups are under way"});
  return promise;
}

caf::result<LedgerStopAnswer> stop(Self self) {
  write_traces(self);
  auto promise = self->make_response_promise<LedgerStopAnswer>();
  take_snapshot(self, [promise]() mutable { promise.deliver(LedgerStopAnswer{}); });
  if (!self->state.snapshot_under_way) promise.deliver(LedgerStopAnswer{});
  return promise;
}

LedgerActor::behavior_type ledger(Self self, std::shared_ptr<LedgerSpec> spec) {
  auto& state = self->state;
  state.store = std::make_shared<UsageStore>(std::move(spec->store));
  state.traces = std::make_shared<TraceLog>(real_files(), spec->data + "/requests");
  state.history = std::make_shared<UsageHistory>(spec->data);
  state.thread = std::make_shared<StoreThread>();
  state.spec = std::move(spec);
  state.today = day_of(state.spec->clocks.wall());
  thin_traces(self, state.today - std::chrono::days{2}); // of a midnight this node slept through
  self->delayed_send(self, tick_every, LedgerTick{});
  return {
    [self](RecordsWritten& written) { add(self, std::move(written)); },
    [](const StoreJobDone& done) {
      if (done.then) done.then();
    },
    [self](LedgerTick) { tick(self); },
    [self](const TotalsRequest& request) { return totals(self, request); },
    [self](FindRequest& request) { return find(self, std::move(request)); },
    [self](MetricsRequest) {
      MetricsAnswer answer;
      self->state.metrics.append(answer.text);
      return answer;
    },
    [self](LedgerStopRequest) { return stop(self); },
  };
}

} // namespace

LedgerActor spawn_ledger(caf::actor_system& system, LedgerSpec spec) {
  return system.spawn(ledger, std::make_shared<LedgerSpec>(std::move(spec)));
}

} // namespace gateway
