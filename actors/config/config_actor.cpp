#include "actors/config/edit.hpp"
#include "actors/config/effective.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"
#include "persistence/config_history.hpp"
#include "persistence/json_file.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

// How many versions a stale edit is told of; what they changed together it is told in any case.
constexpr std::size_t versions_since_max = 100;

using EditPromise = caf::typed_response_promise<ConfigEditAnswer>;

/// An edit that is stored and waits until its version is in force everywhere. One for each admin
/// request under way at most.
struct WaitingEdit {
  EditPromise promise;
  ConfigEditAnswer answer;
};

struct ConfigState {
  ConfigState() = default;
  static inline const char* name = "config";

  std::shared_ptr<ConfigSpec> spec;
  StoredDocument stored;
  std::shared_ptr<const Document> document;
  std::vector<WaitingEdit> waiting;

  EditBase base() const { return {stored.text, spec->added, document}; }
};

using Self = ConfigActor::stateful_pointer<ConfigState>;

VersionNote note_of(const StoredDocument& stored) {
  const auto at = milliseconds_since_epoch(stored.at);
  return {stored.version, at, stored.by, stored.via, stored.note, stored.summary};
}

// A version that is kept, the one in force among them; damage is logged and counts as not kept.
std::optional<StoredDocument> find_version(const ConfigState& state, std::uint64_t version) {
  if (version == state.stored.version) return state.stored;
  // What a crash left of a version that never was in force is none.
  if (version > state.stored.version) return std::nullopt;
  auto loaded = load_version(state.spec->data, version);
  if (loaded) return *std::move(loaded);
  log::error("config version not read problem={}", loaded.error().message);
  return std::nullopt;
}

ConfigHistoryAnswer history(const ConfigState& state, const ConfigHistoryRequest& request) {
  ConfigHistoryAnswer answer{{}, state.stored.version, false};
  const auto newest = state.stored.version;
  const auto oldest = newest > config_versions_kept ? newest - config_versions_kept + 1 : 1;
  auto version = request.before == 0 ? newest : std::min(newest, request.before - 1);
  for (; version >= oldest; --version) {
    const auto stored = find_version(state, version);
    if (!stored) continue;
    answer.more = answer.items.size() == request.limit;
    if (answer.more) break;
    answer.items.push_back(note_of(*stored));
  }
  return answer;
}

ConfigEditAnswer refused(const ConfigState& state, EditVerdict verdict) {
  ConfigEditAnswer answer;
  answer.verdict = verdict;
  answer.version = state.stored.version;
  return answer;
}

ConfigEditAnswer stale(const ConfigState& state, std::uint64_t base) {
  auto answer = refused(state, EditVerdict::stale);
  const auto seen = find_version(state, base);
  if (!seen) return answer;
  answer.changes = diff_texts(seen->text, state.stored.text);
  const auto between = state.stored.version - base;
  answer.since = history(state, {0, std::min<std::size_t>(between, versions_since_max)}).items;
  return answer;
}

// Stores the version and tells the router; false leaves everything as it was.
Result<void> put_in_force(Self self, StoredDocument next, NextVersion made) {
  auto& state = self->state;
  next.version = state.stored.version + 1;
  next.text = std::move(made.text);
  next.at = wall_now();
  next.summary = summary_of(made.changes);
  if (auto stored = store_document(state.spec->data, next); !stored) {
    log::error("config not stored problem={}", stored.error().message);
    return stored;
  }
  state.stored = std::move(next);
  state.document = std::move(made.document);
  self->send(state.spec->router, DocumentPublished{state.document});
  log::info("config in force version={} via={}", state.stored.version, state.stored.via);
  return {};
}

caf::result<ConfigEditAnswer> take(Self self, StoredDocument next, NextVersion made, bool dry_run) {
  auto& state = self->state;
  auto answer = refused(state, EditVerdict::invalid);
  answer.problems = made.problems;
  answer.changes = made.changes;
  if (!made.document) return answer;
  answer.verdict = dry_run ? EditVerdict::valid : EditVerdict::taken;
  if (dry_run || made.changes.empty()) return answer;
  next.file_digest = state.stored.file_digest;
  if (auto stored = put_in_force(self, std::move(next), std::move(made)); !stored) {
    answer.verdict = EditVerdict::failed;
    answer.message = stored.error().message;
    return answer;
  }
  answer.version = state.stored.version;
  auto promise = self->make_response_promise<ConfigEditAnswer>();
  state.waiting.push_back({promise, std::move(answer)});
  return promise;
}

caf::result<ConfigEditAnswer> edit(Self self, const ConfigEditRequest& request) {
  const auto& state = self->state;
  if (state.document->settings.locked && !request.dry_run)
    return refused(state, EditVerdict::locked);
  if (request.base != state.stored.version) return stale(state, request.base);
  StoredDocument next;
  next.via = "api";
  next.by = request.by;
  next.note = request.note;
  return take(self, std::move(next), edit_document(state.base(), request.patch), request.dry_run);
}

caf::result<ConfigEditAnswer> roll_back(Self self, const ConfigRollbackRequest& request) {
  const auto& state = self->state;
  if (state.document->settings.locked) return refused(state, EditVerdict::locked);
  if (request.base != state.stored.version) return stale(state, request.base);
  const auto earlier = find_version(state, request.to);
  if (!earlier) return refused(state, EditVerdict::unknown);
  StoredDocument next;
  next.via = "rollback";
  next.by = request.by;
  next.note = request.note.empty() ? "to " + std::to_string(request.to) : request.note;
  return take(self, std::move(next), roll_back_document(state.base(), earlier->text), false);
}

// A good file becomes the next version; a bad one changes nothing, and the log says why.
ReloadAnswer reload(Self self) {
  auto& state = self->state;
  const auto& spec = *state.spec;
  const ReloadAnswer unchanged{false, state.stored.version};
  const auto text = read_file(spec.file);
  if (!text) {
    log::error("config not read file={} problem={}", spec.file, text.error().message);
    return unchanged;
  }
  const auto digest = text_digest(*text);
  if (digest == state.stored.file_digest) {
    log::info("config unchanged file={} version={}", spec.file, state.stored.version);
    return unchanged;
  }
  auto made = replace_document(state.base(), *text);
  log_problems(made.problems);
  if (!made.document) {
    log::error("config refused file={} in_force={}", spec.file, state.stored.version);
    return unchanged;
  }
  StoredDocument next;
  next.via = "file";
  next.file_digest = digest;
  if (!put_in_force(self, std::move(next), std::move(made))) return unchanged;
  return {true, state.stored.version};
}

void in_force(ConfigState& state, std::uint64_t version) {
  std::erase_if(state.waiting, [&](WaitingEdit& edit) {
    if (edit.answer.version > version) return false;
    edit.promise.deliver(std::move(edit.answer));
    return true;
  });
}

ConfigReadAnswer read(const ConfigState& state, const ConfigReadRequest& request) {
  const auto stored = find_version(state, request.version.value_or(state.stored.version));
  if (!stored) return {};
  return {
    note_of(*stored),
    redacted_text(stored->text),
    state.document->settings.locked,
    stored->version == state.stored.version};
}

ConfigDiffAnswer diff(const ConfigState& state, const ConfigDiffRequest& request) {
  const auto from = find_version(state, request.from);
  const auto to = find_version(state, request.to);
  if (!from || !to) return {};
  return {diff_texts(from->text, to->text)};
}

ConfigActor::behavior_type config(Self self, std::shared_ptr<ConfigSpec> spec) {
  self->state.stored = spec->stored;
  self->state.document = spec->document;
  self->send(spec->router, DocumentPublished{spec->document});
  self->state.spec = std::move(spec);
  return {
    [self](ReloadRequest) { return reload(self); },
    [self](DocumentInForce message) { in_force(self->state, message.version); },
    [self](const ConfigReadRequest& request) { return read(self->state, request); },
    [self](const ConfigEditRequest& request) { return edit(self, request); },
    [self](const ConfigRollbackRequest& request) { return roll_back(self, request); },
    [self](const ConfigHistoryRequest& request) { return history(self->state, request); },
    [self](const ConfigDiffRequest& request) { return diff(self->state, request); },
  };
}

} // namespace

ConfigActor spawn_config(caf::actor_system& system, ConfigSpec spec) {
  return system.spawn<caf::detached>(config, std::make_shared<ConfigSpec>(std::move(spec)));
}

} // namespace gateway
