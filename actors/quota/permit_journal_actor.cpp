#include "actors/runtime/cast.hpp"
#include "net/base/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fcntl.h>

namespace gateway {
namespace permit_journal_actor {
namespace {

struct PermitJournal {
  PermitJournal() = default;
  static inline const char* name = "permit_journal";

  std::string path;
  Descriptor file;
};

using Self = PermitJournalActor::stateful_pointer<PermitJournal>;

bool append(PermitJournal& journal, std::string_view lines) {
  auto& files = real_files();
  if (!journal.file.is_open()) {
    const auto number = files.open(journal.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (number < 0) {
      log::error("permit journal not opened problem={}", errno_text(number));
      return false;
    }
    journal.file = Descriptor{files, number};
  }
  const auto before = files.size(journal.file.number());
  const auto written = files.write(journal.file.number(), lines);
  const bool whole = written == static_cast<ssize_t>(lines.size());
  if (whole && files.sync(journal.file.number()) == 0) return true;
  log::error("permit journal not written problem={}", whole ? "sync failed" : errno_text(written));
  // A torn line must not stay: what is appended behind it would make it a damaged one. Where it
  // can't be cut off, the next start finds it, and waits the long windows out.
  if (!whole && written > 0 && before >= 0)
    files.truncate(journal.file.number(), static_cast<std::uint64_t>(before));
  journal.file.close();
  return false;
}

PermitJournalActor::behavior_type permit_journal(Self self, std::string path) {
  self->state.path = std::move(path);
  return {
    [self](const JournalAppend& asked) {
      return JournalAppended{asked.request.ticket, append(self->state, asked.request.lines)};
    },
  };
}

} // namespace
} // namespace permit_journal_actor

PermitJournalActor spawn_permit_journal(caf::actor_system& system, std::string file) {
  return system.spawn<caf::detached>(permit_journal_actor::permit_journal, std::move(file));
}

} // namespace gateway
