#pragma once

#include "actors/runtime/messages.hpp"
#include "persistence/config_history.hpp"
#include "persistence/journal.hpp"
#include "persistence/usage_store.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// Who exists: the only face of every actor. Their states live in their .cpp files, so that no
/// other file can even name them.
namespace gateway {

/// What decides reads no clock of its own; tests hand in one that they move.
struct Clocks {
  std::function<Instant()> now = [] { return BootClock::now(); };
  std::function<WallTime()> wall = [] { return wall_now(); };

  PermitBooks::Moment moment() const { return {now(), wall()}; }
};

/// What the actors of a node need from outside.
struct StopSpec {
  std::string name; // "provider/groq", "pool/x", "key/k", "budget/key/k"
  std::shared_ptr<PermitMemory> memory;
  PermitJournalActor journal;
  Clocks clocks;
  std::uint64_t seed = 0; // of the jitter
};

/// One account at one provider. Knows nothing until it is configured.
StopActor spawn_provider(caf::actor_system& system, StopSpec spec);
/// A pool of several providers, a key's or team's own limits, or a budget.
StopActor spawn_pool(caf::actor_system& system, StopSpec spec);

struct RouterSpec {
  std::shared_ptr<PermitMemory> memory;
  PermitJournalActor journal;
  Clocks clocks;
  std::uint64_t seed = 0;
  /// How often it is looked whether a stop that was removed can end.
  Milliseconds removed_look_every{60'000};
  /// Told whenever a version is in force: every io thread takes the new directory.
  std::function<void(std::shared_ptr<const Directory>)> in_force;
};
/// Supervises the stops: spawns and configures them as the document says.
RouterActor spawn_router(caf::actor_system& system, RouterSpec spec);

struct LedgerSpec {
  std::string data; // the folder
  UsageStore store; // as loaded
  std::shared_ptr<Journal> journal;
  Clocks clocks;
  std::int64_t log_days = 30;
  std::int64_t log_max_gb = 20;
  std::function<void(bool)> storage_ok; // told when recording stops and when it works again
};
LedgerActor spawn_ledger(caf::actor_system& system, LedgerSpec spec);

PermitJournalActor spawn_permit_journal(caf::actor_system& system, std::string file);

struct ConfigSpec {
  std::string file; // --config
  std::string data;
  std::string added;     // what this node adds to every version: the demo's providers
  StoredDocument stored; // in force at the start
  std::shared_ptr<const Document> document; // the same, read
  RouterActor router;
};
ConfigActor spawn_config(caf::actor_system& system, ConfigSpec spec);

} // namespace gateway
