#include "actors/config/effective.hpp"
#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"
#include "persistence/config_history.hpp"
#include "persistence/json_file.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace gateway {
namespace {

struct ConfigState {
  ConfigState() = default;
  static inline const char* name = "config";

  std::shared_ptr<ConfigSpec> spec;
  StoredDocument stored;
};

using Self = ConfigActor::stateful_pointer<ConfigState>;

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
  const auto version = state.stored.version + 1;
  const auto reading = read_effective(*text, spec.added, version);
  log_problems(reading.problems);
  if (!reading.document) {
    log::error("config refused file={} in_force={}", spec.file, state.stored.version);
    return unchanged;
  }
  StoredDocument next{version, "file", digest, *text};
  if (auto stored = store_document(spec.data, next); !stored) {
    log::error("config not stored problem={}", stored.error().message);
    return unchanged;
  }
  state.stored = std::move(next);
  self->send(spec.router, DocumentPublished{reading.document});
  log::info("config in force version={} file={}", version, spec.file);
  return {true, version};
}

ConfigActor::behavior_type config(Self self, std::shared_ptr<ConfigSpec> spec) {
  self->state.stored = spec->stored;
  self->send(spec->router, DocumentPublished{spec->document});
  self->state.spec = std::move(spec);
  return {
    [self](ReloadRequest) { return reload(self); },
  };
}

} // namespace

ConfigActor spawn_config(caf::actor_system& system, ConfigSpec spec) {
  return system.spawn<caf::detached>(config, std::make_shared<ConfigSpec>(std::move(spec)));
}

} // namespace gateway
