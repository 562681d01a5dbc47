#include "actors/config/edit.hpp"
#include "actors/config/effective.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"
#include "persistence/config_history.hpp"
#include "persistence/json_file.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace gateway {
namespace {

// How many versions a stale edit is told of; what they changed together it is told in any case.
constexpr std::size_t versions_since_max = 100;

// The document log gives up before.
constexpr std::chrono::seconds agreed_within{30};

using EditPromise = caf::typed_response_promise<ConfigEditAnswer>;

/// An edit that is stored and waits until its version is in force everywhere and the audit log
/// tells of it. One for each admin request under way at most.
struct WaitingEdit {
  EditPromise promise;
  ConfigEditAnswer answer;
  bool in_force = false;
  bool told = false;
};

struct ConfigState {
  ConfigState() = default;
  static inline const char* name = "config";

  std::shared_ptr<ConfigSpec> spec;
  StoredDocument stored;
  std::shared_ptr<const Document> document;
  std::vector<WaitingEdit> waiting;
  std::uint64_t everywhere = 0; // the version that all io threads have
  DocumentLogActor log;         // none: nobody has to agree

  auto version_of(std::uint64_t version) const { return find_version(spec->data, stored, version); }
  EditBase base() const { return {stored.text, spec->added, document, &stored.secrets}; }
};

using Self = ConfigActor::stateful_pointer<ConfigState>;

VersionNote note_of(const StoredDocument& stored) {
  const auto at = milliseconds_since_epoch(stored.at);
  return {stored.version, at, stored.by, stored.via, stored.note, stored.summary};
}

ConfigHistoryAnswer history(const ConfigState& state, const ConfigHistoryRequest& request) {
  ConfigHistoryAnswer answer{{}, state.stored.version, false};
  const auto newest = state.stored.version;
  const auto oldest = newest > config_versions_kept ? newest - config_versions_kept + 1 : 1;
  auto version = request.before == 0 ? newest : std::min(newest, request.before - 1);
  for (; version >= oldest; --version) {
    const auto stored = state.version_of(version);
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
  const auto seen = state.version_of(base);
  if (!seen) return answer;
  answer.changes = diff_texts(seen->text, state.stored.text);
  const auto between = state.stored.version - base;
  answer.since = history(state, {0, std::min<std::size_t>(between, versions_since_max)}).items;
  return answer;
}

// A process that ends before this was written tells of the version at its next start.
void tell(Self self, const StoredDocument& version, const std::string& client = "") {
  EventRecord event;
  event.client = client;
  event.at = version.at;
  event.kind = EventKind::config;
  event.by = version.by;
  if (!version.by.empty()) event.role = "admin";
  event.ref = std::to_string(version.version);
  event.text = "version " + event.ref + " by " + version.via;
  if (!version.note.empty()) event.text += ": " + version.note;
  self->send(self->state.spec->events, EventHappened{std::move(event), version.version});
}

void tell_what_was_not(Self self) {
  const auto& state = self->state;
  const auto newest = state.stored.version;
  const auto oldest = newest > config_versions_kept ? newest - config_versions_kept + 1 : 1;
  for (auto next = std::max(state.spec->version_told + 1, oldest); next <= newest; ++next)
    if (const auto version = state.version_of(next)) tell(self, *version);
}

void tell_voters(Self self) {
  const auto& voters = self->state.document->settings.voters;
  if (self->state.log) self->send(self->state.log, VotersNamed{{voters.begin(), voters.end()}});
}

void publish(Self self, std::shared_ptr<const Document> document) {
  auto& state = self->state;
  state.document = std::move(document);
  self->send(state.spec->router, DocumentPublished{state.document});
  tell_voters(self);
  log::info("config in force version={} via={}", state.stored.version, state.stored.via);
}

/// What became of a version that was to come into force.
struct Put {
  EditVerdict verdict = EditVerdict::taken;
  std::uint64_t version = 0; // taken
  std::string message = {};  // failed
};
using AfterPut = std::function<void(const Put&)>;

Put put_alone(Self self, StoredDocument next, const NextVersion& made) {
  auto& state = self->state;
  next.version = state.stored.version + 1;
  next.secrets =
    dates_after(state.stored.text, state.stored.secrets, next.text, {next.at, next.by});
  if (auto stored = store_document(state.spec->data, next); !stored) {
    log::error("config not stored problem={}", stored.error().message);
    return {EditVerdict::failed, 0, stored.error().message};
  }
  state.stored = std::move(next);
  publish(self, made.document);
  return {EditVerdict::taken, state.stored.version};
}

/// The document log says first that a version is taken (DocumentAgreed), then to whom it was due.
void agree(
  Self self, const StoredDocument& next, std::shared_ptr<const Document> document, AfterPut after) {
  if (!self->state.log) return after({EditVerdict::no_quorum});
  AgreeRequest request{next.version, note_of(next), next.text, std::move(document)};
  self->request(self->state.log, agreed_within, std::move(request))
    .then(
      [after](const AgreeAnswer& answer) {
        if (!answer.outcome) return after({EditVerdict::no_quorum});
        const bool is_taken = answer.outcome->verdict == EntryOutcome::Verdict::taken;
        after({is_taken ? EditVerdict::taken : EditVerdict::stale, answer.outcome->version});
      },
      [after](const caf::error&) { after({EditVerdict::no_quorum}); });
}

// Brings the version in force, alone or when the cluster agrees; else everything stays as it was.
void put_in_force(Self self, StoredDocument next, const NextVersion& made, const AfterPut& after) {
  next.text = made.text;
  next.at = wall_now();
  next.summary = summary_of(made.changes);
  next.version = self->state.stored.version; // its base
  if (!self->state.spec->is_in_cluster) return after(put_alone(self, std::move(next), made));
  agree(self, next, made.document, after);
}

// The cluster's document is what it is, whoever made it.
void take_from_cluster(Self self, DocumentAgreed& agreed) {
  auto& state = self->state;
  const bool is_foreign = agreed.is_first || agreed.note.version < state.stored.version;
  if (!is_foreign && agreed.note.version == state.stored.version) return;
  const auto reading = read_effective(agreed.text, state.spec->added, agreed.note.version);
  if (!reading.document) {
    // Another release of the program may know more: this one goes on with what it understands.
    log::error("the cluster's config is not understood here version={}", agreed.note.version);
    return log_problems(reading.problems);
  }
  StoredDocument next = state.stored;
  next.version = agreed.note.version;
  next.text = std::move(agreed.text);
  next.at = WallTime{Milliseconds{agreed.note.at}};
  next.by = agreed.note.by;
  next.via = agreed.note.via;
  next.note = agreed.note.note;
  next.summary = agreed.note.summary;
  // What this node had before it belonged to the cluster is no version of this document.
  const auto before = is_foreign ? StoredDocument{0, "", "", "{}"} : state.stored;
  next.secrets = dates_after(before.text, before.secrets, next.text, {next.at, next.by});
  auto stored = is_foreign ? forget_versions(state.spec->data) : Result<void>{};
  if (stored) stored = store_document(state.spec->data, next);
  if (!stored) return log::error("config not stored problem={}", stored.error().message);
  state.stored = std::move(next);
  publish(self, reading.document);
}

void give_document(Self self) {
  agree(self, self->state.stored, self->state.document, [](const Put&) {});
}

caf::result<ConfigEditAnswer>
take(Self self, StoredDocument next, NextVersion made, const Editor& editor, bool dry_run) {
  auto& state = self->state;
  auto answer = refused(state, EditVerdict::invalid);
  answer.problems = made.problems;
  answer.changes = made.changes;
  if (!made.document) return answer;
  answer.verdict = dry_run ? EditVerdict::valid : EditVerdict::taken;
  if (dry_run) {
    answer.before = state.document;
    answer.after = made.document;
  }
  if (dry_run || made.changes.empty()) return answer;
  next.by = editor.name;
  next.file_digest = state.stored.file_digest;
  next.file_text = state.stored.file_text;
  const auto base = state.stored.version;
  auto promise = self->make_response_promise<ConfigEditAnswer>();
  put_in_force(self, std::move(next), made, [=, client = editor.client](const Put& put) mutable {
    auto& now = self->state;
    if (put.verdict != EditVerdict::taken) {
      if (put.verdict == EditVerdict::stale) answer = stale(now, base);
      answer.verdict = put.verdict;
      answer.message = put.message;
      promise.deliver(std::move(answer));
      return;
    }
    answer.version = put.version;
    now.waiting.push_back({promise, std::move(answer), now.everywhere >= put.version});
    if (const auto version = now.version_of(put.version)) tell(self, *version, client);
  });
  return promise;
}

caf::result<ConfigEditAnswer> edit(Self self, const ConfigEditRequest& request) {
  const auto& state = self->state;
  if (state.document->settings.locked && !request.dry_run)
    return refused(state, EditVerdict::locked);
  if (request.base != state.stored.version) return stale(state, request.base);
  StoredDocument next;
  next.via = request.editor.has_session ? "ui" : "api";
  next.note = request.note;
  auto made = edit_document(state.base(), request.patch);
  return take(self, std::move(next), std::move(made), request.editor, request.dry_run);
}

caf::result<ConfigEditAnswer> roll_back(Self self, const ConfigRollbackRequest& request) {
  const auto& state = self->state;
  if (state.document->settings.locked && !request.dry_run)
    return refused(state, EditVerdict::locked);
  if (request.base != state.stored.version) return stale(state, request.base);
  const auto earlier = state.version_of(request.to);
  if (!earlier) return refused(state, EditVerdict::unknown);
  StoredDocument next;
  next.via = "rollback";
  next.note = request.note.empty() ? "to " + std::to_string(request.to) : request.note;
  auto made = roll_back_document(state.base(), earlier->text);
  return take(self, std::move(next), std::move(made), request.editor, request.dry_run);
}

// The file says what is in force already: only that it was read is new.
ReloadAnswer keep_reading(ConfigState& state, const StoredDocument& read) {
  auto stored = state.stored;
  stored.file_digest = read.file_digest;
  stored.file_text = read.file_text;
  if (auto kept = store_document(state.spec->data, stored); !kept)
    log::error("config not stored problem={}", kept.error().message);
  else
    state.stored = std::move(stored);
  log::info("config file has nothing new version={}", state.stored.version);
  return {false, state.stored.version};
}

// What changed in the file becomes the next version; a bad one changes nothing, and the log says
// why.
caf::result<ReloadAnswer> reload(Self self) {
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
  if (state.stored.file_text.empty()) {
    log::error(
      "config not taken: nobody knows what changed in the file, it was never read here (see "
      "--config-wins) file={}",
      spec.file);
    return unchanged;
  }
  auto made = merge_file(state.base(), state.stored.file_text, *text);
  log_problems(made.problems);
  if (!made.document) {
    log::error("config refused file={} in_force={}", spec.file, state.stored.version);
    return unchanged;
  }
  StoredDocument next;
  next.via = "file";
  next.file_digest = digest;
  next.file_text = *text;
  if (made.changes.empty()) return keep_reading(state, next);
  auto promise = self->make_response_promise<ReloadAnswer>();
  put_in_force(self, next, made, [=](const Put& put) mutable {
    auto& now = self->state;
    const bool is_taken = put.verdict == EditVerdict::taken;
    if (is_taken)
      tell(self, now.stored);
    else
      log::error("config not taken file={} in_force={}", now.spec->file, now.stored.version);
    // What others agreed on does not say what this node has read.
    if (is_taken && now.stored.file_digest != next.file_digest) keep_reading(now, next);
    promise.deliver(ReloadAnswer{is_taken, now.stored.version});
  });
  return promise;
}

void answer_settled(ConfigState& state) {
  std::erase_if(state.waiting, [](WaitingEdit& edit) {
    if (!edit.in_force || !edit.told) return false;
    edit.promise.deliver(std::move(edit.answer));
    return true;
  });
}

void in_force(ConfigState& state, std::uint64_t version) {
  state.everywhere = version;
  for (auto& edit : state.waiting) edit.in_force |= edit.answer.version <= version;
  answer_settled(state);
}

void told(ConfigState& state, const EventWritten& written) {
  for (auto& edit : state.waiting) {
    if (edit.answer.version != written.ticket) continue;
    edit.told = true;
    if (written.stands) continue;
    edit.answer.verdict = EditVerdict::failed;
    edit.answer.message = "Version " + std::to_string(written.ticket)
      + " is in force, but the audit log can't be written at this moment.";
  }
  answer_settled(state);
}

ConfigReadAnswer read(const ConfigState& state, const ConfigReadRequest& request) {
  const auto stored = state.version_of(request.version.value_or(state.stored.version));
  if (!stored) return {};
  return {
    note_of(*stored),
    redacted_text(stored->text, stored->secrets),
    state.document->settings.locked,
    stored->version == state.stored.version};
}

ConfigDiffAnswer diff(const ConfigState& state, const ConfigDiffRequest& request) {
  const auto from = state.version_of(request.from);
  const auto to = state.version_of(request.to);
  if (!from || !to) return {};
  return {diff_texts(from->text, to->text)};
}

ConfigActor::behavior_type config(Self self, std::shared_ptr<ConfigSpec> spec) {
  self->state.stored = spec->stored;
  self->state.document = spec->document;
  self->send(spec->router, DocumentPublished{spec->document});
  self->state.spec = std::move(spec);
  tell_what_was_not(self);
  return {
    [self](ReloadRequest) { return reload(self); },
    [self](DocumentInForce message) { in_force(self->state, message.version); },
    [self](EventWritten written) { told(self->state, written); },
    [self](DocumentLogThere& there) {
      self->state.log = std::move(there.log);
      tell_voters(self);
    },
    [self](DocumentWanted) { give_document(self); },
    [self](DocumentAgreed& agreed) { take_from_cluster(self, agreed); },
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
