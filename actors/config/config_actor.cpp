#include "actors/config/effective.hpp"
#include "actors/runtime/cast.hpp"
#include "actors/runtime/config_versions.hpp"
#include "net/base/log.hpp"
#include "persistence/config_history.hpp"
#include "persistence/json_file.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace gateway {
namespace config_actor {
namespace {

// The document log gives up before.
constexpr std::chrono::seconds agreed_within{30};
constexpr std::chrono::seconds file_again{1};
using EditPromise = caf::typed_response_promise<ConfigEditAnswer>;

/// An edit that is stored, and not answered yet. One for each admin request under way at most.
struct WaitingEdit {
  EditPromise promise;
  ConfigEditAnswer answer;
  bool in_force = false, told = false; // everywhere; by the audit log
};

struct ConfigState {
  ConfigState() = default;
  static inline const char* name = "config";

  std::shared_ptr<ConfigSpec> spec;
  ConfigVersions versions;
  std::shared_ptr<const Document> document;
  std::vector<WaitingEdit> waiting;
  std::uint64_t everywhere = 0; // the version that all io threads have
  DocumentLogActor log;         // none: nobody has to agree
  /// --config-wins: the file, until it is the cluster's document.
  std::optional<StoredDocument> file_wins;
  bool is_file_proposed = false; // and not decided yet

  StoredDocument& stored() noexcept { return versions.in_force; }
  const StoredDocument& stored() const noexcept { return versions.in_force; }
  EditBase base() const { return {stored().text, spec->added, document, &stored().secrets}; }
};

using Self = ConfigActor::stateful_pointer<ConfigState>;

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
  const auto& versions = self->state.versions;
  auto next = std::max(self->state.spec->version_told + 1, versions.oldest());
  for (; next <= versions.in_force.version; ++next)
    if (const auto version = versions.find(next)) tell(self, *version);
}

void tell_cluster_settings(Self self) {
  const auto& its = self->state.document->settings;
  if (const auto& log = self->state.log)
    self->send(log, ClusterSettingsInForce{{its.voters.begin(), its.voters.end()}, its.write_off});
}

void publish(Self self, std::shared_ptr<const Document> document) {
  auto& state = self->state;
  state.document = std::move(document);
  self->send(state.spec->router, DocumentPublished{state.document});
  tell_cluster_settings(self);
  log::info("config in force version={} via={}", state.stored().version, state.stored().via);
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
  next.version = state.stored().version + 1;
  next.secrets =
    dates_after(state.stored().text, state.stored().secrets, next.text, {next.at, next.by});
  if (auto stored = store_document(state.spec->data, next); !stored) {
    log::error("config not stored problem={}", stored.error().message);
    return {EditVerdict::failed, 0, stored.error().message};
  }
  state.stored() = std::move(next);
  publish(self, made.document);
  return {EditVerdict::taken, state.stored().version};
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
  next.version = self->state.stored().version; // its base
  if (!self->state.spec->is_in_cluster) return after(put_alone(self, std::move(next), made));
  agree(self, next, made.document, after);
}

// The cluster's document is what it is, whoever made it.
void take_from_cluster(Self self, DocumentAgreed& agreed) {
  auto& state = self->state;
  const bool is_foreign = agreed.is_first || agreed.note.version < state.stored().version;
  if (!is_foreign && agreed.note.version == state.stored().version) return;
  const auto reading = read_effective(agreed.text, state.spec->added, agreed.note.version);
  if (!reading.document) {
    // Another release of the program may know more: this one goes on with what it understands.
    log::error("the cluster's config is not understood here version={}", agreed.note.version);
    return log_problems(reading.problems);
  }
  StoredDocument next = state.stored();
  next.version = agreed.note.version;
  next.text = std::move(agreed.text);
  next.at = WallTime{Milliseconds{agreed.note.at}};
  next.by = agreed.note.by;
  next.via = agreed.note.via;
  next.note = agreed.note.note;
  next.summary = agreed.note.summary;
  // What this node had before it belonged to the cluster is no version of this document.
  const auto before = is_foreign ? StoredDocument{0, "", "", "{}"} : state.stored();
  next.secrets = dates_after(before.text, before.secrets, next.text, {next.at, next.by});
  auto stored = is_foreign ? forget_versions(state.spec->data) : Result<void>{};
  if (stored) stored = store_document(state.spec->data, next);
  if (!stored) return log::error("config not stored problem={}", stored.error().message);
  state.stored() = std::move(next);
  publish(self, reading.document);
}

void give_document(Self self) {
  agree(self, self->state.stored(), self->state.document, [](const Put&) {});
}

caf::result<ConfigEditAnswer>
take(Self self, StoredDocument next, NextVersion made, const Editor& editor, bool dry_run) {
  auto& state = self->state;
  auto answer = state.versions.refused(EditVerdict::invalid);
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
  next.file_digest = state.stored().file_digest;
  next.file_text = state.stored().file_text;
  const auto base = state.stored().version;
  auto promise = self->make_response_promise<ConfigEditAnswer>();
  put_in_force(self, std::move(next), made, [=, client = editor.client](const Put& put) mutable {
    auto& now = self->state;
    if (put.verdict != EditVerdict::taken) {
      if (put.verdict == EditVerdict::stale) answer = now.versions.stale(base);
      answer.verdict = put.verdict;
      answer.message = put.message;
      promise.deliver(std::move(answer));
      return;
    }
    answer.version = put.version;
    now.waiting.push_back({promise, std::move(answer), now.everywhere >= put.version});
    if (const auto version = now.versions.find(put.version)) tell(self, *version, client);
  });
  return promise;
}

caf::result<ConfigEditAnswer> edit(Self self, const ConfigEditRequest& request) {
  const auto& state = self->state;
  if (state.document->settings.locked && !request.dry_run)
    return state.versions.refused(EditVerdict::locked);
  if (request.base != state.stored().version) return state.versions.stale(request.base);
  StoredDocument next;
  next.via = request.editor.has_session ? "ui" : "api";
  next.note = request.note;
  auto made = edit_document(state.base(), request.patch);
  return take(self, std::move(next), std::move(made), request.editor, request.dry_run);
}

caf::result<ConfigEditAnswer> roll_back(Self self, const ConfigRollbackRequest& request) {
  const auto& state = self->state;
  if (state.document->settings.locked && !request.dry_run)
    return state.versions.refused(EditVerdict::locked);
  if (request.base != state.stored().version) return state.versions.stale(request.base);
  const auto earlier = state.versions.find(request.to);
  if (!earlier) return state.versions.refused(EditVerdict::unknown);
  StoredDocument next;
  next.via = "rollback";
  next.note = request.note.empty() ? "to " + std::to_string(request.to) : request.note;
  auto made = roll_back_document(state.base(), earlier->text);
  return take(self, std::move(next), std::move(made), request.editor, request.dry_run);
}

// The file says what is in force already: only that it was read is new.
ReloadAnswer keep_reading(ConfigState& state, const StoredDocument& read) {
  auto stored = state.stored();
  stored.file_digest = read.file_digest;
  stored.file_text = read.file_text;
  if (auto kept = store_document(state.spec->data, stored); !kept)
    log::error("config not stored problem={}", kept.error().message);
  else
    state.stored() = std::move(stored);
  log::info("config file has nothing new version={}", state.stored().version);
  return {false, state.stored().version};
}

// What changed in the file becomes the next version; a bad one changes nothing, and the log says
// why.
caf::result<ReloadAnswer> reload(Self self) {
  auto& state = self->state;
  const auto& spec = *state.spec;
  const ReloadAnswer unchanged{false, state.stored().version};
  const auto text = read_file(spec.file);
  if (!text) {
    log::error("config not read file={} problem={}", spec.file, text.error().message);
    return unchanged;
  }
  const auto digest = text_digest(*text);
  if (digest == state.stored().file_digest) {
    log::info("config unchanged file={} version={}", spec.file, state.stored().version);
    return unchanged;
  }
  if (state.stored().file_text.empty()) {
    log::error(
      "config not taken: nobody knows what changed in the file, it was never read here (see "
      "--config-wins) file={}",
      spec.file);
    return unchanged;
  }
  auto made = merge_file(state.base(), state.stored().file_text, *text);
  log_problems(made.problems);
  if (!made.document) {
    log::error("config refused file={} in_force={}", spec.file, state.stored().version);
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
      tell(self, now.stored());
    else
      log::error("config not taken file={} in_force={}", now.spec->file, now.stored().version);
    // What others agreed on does not say what this node has read.
    if (is_taken && now.stored().file_digest != next.file_digest) keep_reading(now, next);
    promise.deliver(ReloadAnswer{is_taken, now.stored().version});
  });
  return promise;
}

// -- --config-wins, in a cluster ------------------------------------------------------------------

void say_file_waits(const ConfigState& state) {
  log::warn("--config-wins waits for a majority of voters in_force={}", state.stored().version);
}

void propose_file(Self self);

void file_decided(Self self, const Put& put) {
  auto& state = self->state;
  state.is_file_proposed = false;
  const auto newest = state.stored().version;
  if (put.verdict == EditVerdict::taken) {
    const auto file = *std::exchange(state.file_wins, std::nullopt);
    tell(self, state.stored());
    keep_reading(state, file);
  } else if (put.verdict == EditVerdict::stale && put.version > newest) {
    state.file_wins.reset();
    log::error("--config-wins is given up: the newest version is not understood here");
  } else if (put.verdict == EditVerdict::stale) {
    log::warn(
      "--config-wins: there was an edit meanwhile, the file comes after it base={}", newest);
    propose_file(self);
  } else {
    say_file_waits(state);
    self->delayed_send(self, file_again, FileWinsTick{});
  }
}

// An operator's word for this one start: it holds until the file is a version of the document, on
// top of whatever others made of it meanwhile, and never again.
void propose_file(Self self) {
  auto& state = self->state;
  if (!state.file_wins || state.is_file_proposed) return;
  const auto made = replace_document(state.base(), state.file_wins->text);
  if (!made.document || made.changes.empty()) {
    log_problems(made.problems);
    keep_reading(state, *std::exchange(state.file_wins, std::nullopt));
    return;
  }
  state.is_file_proposed = true;
  put_in_force(self, *state.file_wins, made, [self](const Put& put) { file_decided(self, put); });
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

ConfigActor::behavior_type config(Self self, std::shared_ptr<ConfigSpec> spec) {
  self->state.versions = {spec->data, spec->stored};
  self->state.file_wins = spec->file_wins;
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
      tell_cluster_settings(self);
      if (self->state.file_wins) say_file_waits(self->state);
    },
    [self](DocumentWanted) { give_document(self); },
    [self](DocumentAgreed& agreed) {
      take_from_cluster(self, agreed);
      propose_file(self);
    },
    [self](FileWinsTick) { propose_file(self); },
    [self](const ConfigReadRequest& request) {
      const auto& state = self->state;
      return state.versions.read(request, state.document->settings.locked);
    },
    [self](const ConfigEditRequest& request) { return edit(self, request); },
    [self](const ConfigRollbackRequest& request) { return roll_back(self, request); },
    [self](const ConfigHistoryRequest& request) { return self->state.versions.history(request); },
    [self](const ConfigDiffRequest& request) { return self->state.versions.diff(request); },
  };
}

} // namespace
} // namespace config_actor

ConfigActor spawn_config(caf::actor_system& system, ConfigSpec spec) {
  return system.spawn<caf::detached>(
    config_actor::config, std::make_shared<ConfigSpec>(std::move(spec)));
}

} // namespace gateway
