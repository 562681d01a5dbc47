#include "actors/node/books.hpp"

#include "actors/quota/book_file.hpp"
#include "actors/quota/document_quotas.hpp"
#include "net/base/log.hpp"
#include "persistence/files.hpp"
#include "persistence/json_file.hpp"

#include <algorithm>

namespace gateway {
namespace {

// Room for the counters of so many other nodes is made ahead.
constexpr std::uint32_t members_usual = 32;

Result<std::optional<std::string>> read_if_there(const std::string& path) {
  auto text = read_file(path);
  if (text) return std::optional{*std::move(text)};
  if (text.error().kind == ErrorKind::not_found) return std::optional<std::string>{};
  return fail(std::move(text.error()));
}

std::string_view text_of(BookBeginning beginning) {
  switch (beginning) {
  case BookBeginning::first: return "first";
  case BookBeginning::restarted: return "restarted";
  case BookBeginning::clean_stop: return "clean_stop";
  case BookBeginning::lost: return "lost";
  }
  return "";
}

PermitMemory::Moment moment() {
  return {BootClock::now(), wall_now()};
}

} // namespace

std::uint32_t count_quotas(const Document& document) {
  return static_cast<std::uint32_t>(quotas_of(document).size());
}

Result<std::shared_ptr<PermitMemory>>
open_books(const ServeOptions& options, std::uint32_t quotas, NodeIdentity& identity) {
  const auto clean_path = options.data + "/permits.clean.json";
  BookPast past;
  GATEWAY_TRY(past.clean_stop, read_if_there(clean_path));
  GATEWAY_TRY(past.journal, read_if_there(options.data + "/permits.journal.jsonl"));

  BookIdentity book;
  book.node = identity.id;
  book.machine = machine_id();
  book.boot = boot_id();
  book.epoch = identity.epoch;
  book.known = identity.epoch > 0;

  std::optional<std::filesystem::path> wanted;
  if (options.shm) wanted = *options.shm;
  constexpr std::uint64_t bytes_expected = 16 * 1024 * 1024;
  const PermitMemory::Place place{
    book_folder(wanted, "/dev/shm", options.data, bytes_expected),
    std::max<std::uint32_t>(
      PermitMemory::slots_default, slots_for(quotas, options.cluster_listen ? members_usual : 1))};
  GATEWAY_TRY(auto memory, PermitMemory::open(place, book, past, moment()));
  if (options.cluster_listen) memory->set_shared();

  const auto beginning = memory->beginning();
  // A life that does not go on from the mapping itself is told apart from the one before.
  if (beginning != BookBeginning::restarted || identity.epoch == 0) ++identity.epoch;
  if (auto stored = store_identity(options.data, identity); !stored)
    return fail(std::move(stored.error()));
  // The journal is begun anew, whole and without what no window reaches, before anybody appends:
  // that it or the book was lost is remembered across a second crash.
  if (auto begun = write_replaced(
        options.data + "/permits.journal.jsonl", memory->journal_beginning(wall_now()), 0600);
      !begun)
    return fail(std::move(begun.error()));
  memory->begin_epoch(identity.epoch);
  // What the clean stop's file said is in the mapping now; taken twice it would undo later use.
  if (past.clean_stop) {
    if (const auto gone = real_files().remove(clean_path); gone < 0)
      return fail(
        ErrorKind::storage_unavailable, clean_path + " can't be removed: " + errno_text(gone));
    if (const auto synced = real_files().sync_folder(options.data); synced < 0)
      return fail(
        ErrorKind::storage_unavailable, options.data + " can't be synced: " + errno_text(synced));
  }
  log::info(
    "permit book opened file={} beginning={} epoch={}",
    memory->file().string(),
    text_of(beginning),
    identity.epoch);
  if (beginning == BookBeginning::lost)
    log::warn("permit book was lost, quotas cool down first reason={}", memory->lost_because());
  return memory;
}

Result<void> close_books(const std::string& data, const PermitMemory& memory) {
  // What others have not told yet is not known: the next life asks again.
  if (memory.is_lost()) return {};
  return write_replaced(data + "/permits.clean.json", memory.clean_stop_text(moment()), 0600);
}

} // namespace gateway
