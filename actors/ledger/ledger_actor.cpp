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
namespace ledger_actor {
namespace {

constexpr Milliseconds tick_every{250};
constexpr std::chrono::minutes retention_every{10};
constexpr std::chrono::seconds index_every{1};
// Nobody pays for an index that nobody looks into: so long after a question it is kept up with the
// log, and a question takes in by itself what is missing.
constexpr std::chrono::minutes index_kept_up{10};
// Traces that wait for the disk; what comes beyond is dropped: no promise hangs on a trace.
constexpr std::size_t trace_bytes_waiting_max = std::size_t{8} * 1024 * 1024;

struct LedgerState {
  LedgerState() = default;
  static inline const char* name = "ledger";

  std::shared_ptr<LedgerSpec> spec;
  std::shared_ptr<UsageStore> store;
  std::shared_ptr<TraceLog> traces; // used on the store thread only
  std::shared_ptr<StoreThread> thread;
  std::shared_ptr<RequestLog> log;
  RequestMetrics metrics;
  EndedRequests ended; // since the dashboard asked
  RowsWanted rows_wanted = RowsWanted::none;
  TraceLines waiting;
  bool snapshot_under_way = false;
  Day today{};
  Day prepared{}; // the next day's file was asked for
  WallTime retention_due{};
  WallTime index_due{};
  WallTime index_until{};

  RequestLog& asked_log() {
    index_until = spec->clocks.wall() + index_kept_up;
    return *log;
  }
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
  for (auto& batch : written.batches) {
    state.store->add(batch);
    for (auto& record : batch.records) {
      state.metrics.add(record);
      state.ended.add(std::move(record), state.rows_wanted);
    }
  }
  if (state.waiting.bytes() < trace_bytes_waiting_max) state.waiting.add(std::move(written.traces));
}

void write_traces(Self self) {
  auto& state = self->state;
  if (state.waiting.empty()) return;
  // Where the disk is so far behind that the job is not taken, these traces are given up.
  run_job(
    self,
    [traces = state.traces, lines = std::exchange(state.waiting, {})]() -> std::function<void()> {
      if (auto done = traces->append(lines); !done)
        log::warn("traces not written problem={}", done.error().message);
      return nullptr;
    });
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

void tick(Self self) {
  auto& state = self->state;
  const auto now = state.spec->clocks.wall();
  write_traces(self);
  state.store->fold(now);
  if (!state.snapshot_under_way && state.store->snapshot_due(now)) take_snapshot(self, nullptr);
  keep_days(self, now);
  const bool due = now >= state.index_due || state.index_due - now > index_every; // or set back
  if (due && now < state.index_until) {
    state.index_due = now + index_every;
    state.log->catch_up();
  }
  self->delayed_send(self, tick_every, LedgerTick{});
}

// Asks the request log; what it answers is delivered here, as the log's own thread may not.
template <class Answer, class Ask>
caf::result<Answer> ask_log(Self self, Ask ask) {
  auto promise = self->make_response_promise<Answer>();
  const auto ledger = caf::actor_cast<LedgerActor>(self);
  ask([promise, ledger](auto found) {
    const auto answer = std::make_shared<Answer>(Answer{std::move(found)});
    caf::anon_send(
      ledger, StoreJobDone{[promise, answer]() mutable { promise.deliver(std::move(*answer)); }});
  });
  return promise;
}

// Adds what the traces have of a request that was found. One that can't be read is none.
void add_trace(Self self, std::shared_ptr<FindAnswer> answer, std::function<void()> then) {
  const bool found = answer->record && *answer->record;
  const bool taken =
    found && run_job(self, [traces = self->state.traces, answer, then]() -> std::function<void()> {
      const auto& record = **answer->record;
      auto trace = traces->find(record.id, ended(record));
      if (trace && *trace) answer->trace = std::move(**trace);
      return then;
    });
  if (!taken) then();
}

caf::result<FindAnswer> find(Self self, FindRequest request) {
  write_traces(self); // a trace is looked for behind those that wait
  auto promise = self->make_response_promise<FindAnswer>();
  const auto ledger = caf::actor_cast<LedgerActor>(self);
  self->state.asked_log().find(std::move(request.id), [self, promise, ledger](auto record) {
    const auto answer = std::make_shared<FindAnswer>(FindAnswer{std::move(record), ""});
    caf::anon_send(ledger, StoreJobDone{[self, promise, answer] {
                     add_trace(self, answer, [promise, answer]() mutable {
                       promise.deliver(std::move(*answer));
                     });
                   }});
  });
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
  state.thread = std::make_shared<StoreThread>();
  state.log = std::make_shared<RequestLog>(spec->data);
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
    [self](UsageStateRequest) {
      auto& store = *self->state.store;
      const auto version = store.seal();
      return UsageStateAnswer{std::make_shared<const UsageState>(store.state()), version};
    },
    [self](RequestsRequest& request) {
      return ask_log<RequestsAnswer>(self, [&](auto done) {
        self->state.asked_log().page(std::move(request.wanted), std::move(done));
      });
    },
    [self](HistogramRequest& request) {
      return ask_log<HistogramAnswer>(self, [&](auto done) {
        self->state.asked_log().histogram(std::move(request.query), request.grid, std::move(done));
      });
    },
    [self](FindRequest& request) { return find(self, std::move(request)); },
    [self](MetricsRequest) {
      MetricsAnswer answer;
      self->state.metrics.append(answer.text);
      return answer;
    },
    [self](RowsWished wish) { self->state.rows_wanted = wish.wanted; },
    [self](EndedLookRequest) { return EndedLookAnswer{std::exchange(self->state.ended, {})}; },
    [self](LedgerStopRequest) { return stop(self); },
  };
}

} // namespace
} // namespace ledger_actor

LedgerActor spawn_ledger(caf::actor_system& system, LedgerSpec spec) {
  return system.spawn(ledger_actor::ledger, std::make_shared<LedgerSpec>(std::move(spec)));
}

} // namespace gateway
