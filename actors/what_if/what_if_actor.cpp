#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"
#include "persistence/request_reader.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <sched.h>
#include <utility>
#include <vector>

namespace gateway {
namespace what_if_actor {
namespace {

constexpr std::size_t running_max = 4;
// Results nobody fetched: the oldest make room.
constexpr std::size_t kept_max = 16;
// Between two slices questions are answered and cancelled replays end.
constexpr int slice_records = 1'000;

using ReplayPromise = caf::typed_response_promise<ReplayAnswer>;

struct Replay {
  Replay(ReplayRequest request, RequestReader its_records)
      : comparison(std::move(request.before), std::move(request.after)),
        records(std::move(its_records)) {}

  ReplayReport report; // but for what is read from the two below
  Comparison comparison;
  RequestReader records;
  std::optional<ReplayPromise> waiting; // for its end
};

struct WhatIfState {
  WhatIfState() = default;
  static inline const char* name = "what-if";

  std::string data;
  std::uint64_t last_id = 0;
  std::vector<std::unique_ptr<Replay>> replays; // by age
  bool ticking = false;
};

using Self = WhatIfActor::stateful_pointer<WhatIfState>;

bool is_running(const std::unique_ptr<Replay>& replay) {
  return replay->report.state == ReplayState::running;
}

ReplayReport report_of(const Replay& replay) {
  auto report = replay.report;
  report.from = replay.records.from();
  report.totals = replay.comparison.totals();
  report.notes = replay.comparison.notes();
  if (report.state == ReplayState::running) {
    report.progress = replay.records.progress();
  } else {
    report.progress = 1;
    report.impact = replay.comparison.impact(report.to - report.from);
  }
  return report;
}

void tick_later(Self self) {
  if (std::exchange(self->state.ticking, true)) return;
  self->send(self, WhatIfTick{});
}

caf::result<ReplayAnswer> begin(Self self, ReplayRequest request) {
  auto& state = self->state;
  if (std::ranges::count_if(state.replays, is_running) >= static_cast<int>(running_max))
    return ReplayAnswer{};
  const auto to = wall_now();
  const auto from = to - request.last;
  ReplayReport report;
  report.id = ++state.last_id;
  report.range = std::move(request.range);
  report.from = from;
  report.to = to;
  const bool wait = request.wait;
  auto records = RequestReader::open(state.data, from, to, request.bytes_max);
  if (!records) {
    report.state = ReplayState::failed;
    report.problem = records.error().message;
    return ReplayAnswer{std::move(report)};
  }
  auto replay = std::make_unique<Replay>(std::move(request), *std::move(records));
  replay->report = std::move(report);
  tick_later(self);
  if (wait) {
    auto promise = self->make_response_promise<ReplayAnswer>();
    replay->waiting = promise;
    state.replays.push_back(std::move(replay));
    return promise;
  }
  ReplayAnswer answer{report_of(*replay)};
  state.replays.push_back(std::move(replay));
  if (state.replays.size() > kept_max)
    if (const auto over = std::ranges::find_if_not(state.replays, is_running);
        over != state.replays.end())
      state.replays.erase(over);
  return answer;
}

// False when it is over.
bool slice(Replay& replay) {
  for (int i = 0; i < slice_records; ++i) {
    auto record = replay.records.next();
    if (!record) {
      replay.report.state = ReplayState::failed;
      replay.report.problem = record.error().message;
      return false;
    }
    if (!*record) {
      replay.report.state = ReplayState::done;
      return false;
    }
    replay.comparison.add(**record);
  }
  return true;
}

void tick(Self self) {
  auto& state = self->state;
  state.ticking = false;
  for (auto& replay : state.replays)
    if (is_running(replay) && !slice(*replay) && replay->waiting)
      replay->waiting->deliver(ReplayAnswer{report_of(*replay)});
  // Who waited has its answer; nobody knows such a replay's number.
  std::erase_if(
    state.replays, [](const auto& replay) { return replay->waiting && !is_running(replay); });
  if (std::ranges::any_of(state.replays, is_running)) tick_later(self);
}

auto find(WhatIfState& state, std::uint64_t id) {
  return std::ranges::find_if(
    state.replays, [&](const auto& replay) { return replay->report.id == id && !replay->waiting; });
}

ReplayAnswer look(WhatIfState& state, std::uint64_t id) {
  const auto found = find(state, id);
  return found == state.replays.end() ? ReplayAnswer{} : ReplayAnswer{report_of(**found)};
}

ReplayAnswer cancel(WhatIfState& state, std::uint64_t id) {
  auto answer = look(state, id);
  if (answer.report) state.replays.erase(find(state, id));
  return answer;
}

WhatIfActor::behavior_type what_if(Self self, std::string data) {
  self->state.data = std::move(data);
  // Requests come first: this thread runs when no other wants the core, and a core that it has is
  // as good as an idle one to whoever wakes up.
  const sched_param none{};
  if (sched_setscheduler(0, SCHED_IDLE, &none) != 0)
    log::warn("replays run at the priority of requests problem={}", errno_text(-errno));
  return {
    [self](ReplayRequest& request) { return begin(self, std::move(request)); },
    [self](ReplayLookRequest request) { return look(self->state, request.id); },
    [self](ReplayCancelRequest request) { return cancel(self->state, request.id); },
    [self](WhatIfTick) { tick(self); },
  };
}

} // namespace
} // namespace what_if_actor

WhatIfActor spawn_what_if(caf::actor_system& system, std::string data) {
  return system.spawn<caf::detached>(what_if_actor::what_if, std::move(data));
}

} // namespace gateway
