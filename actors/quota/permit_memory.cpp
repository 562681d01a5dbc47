#include "actors/quota/permit_memory.hpp"

#include "actors/quota/book_growth.hpp"
#include "actors/quota/permit_memory_inside.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

// No thread of a life that may still run elsewhere is stopped for longer (assumption A4).
constexpr Nanoseconds elsewhere_pause = 60s;

} // namespace

/// Why what the file says can't be gone on with; empty if it can.
std::string PermitMemory::Inside::why_lost(const BookIdentity& identity) const {
  if (file.size() == 0) return "there is no permit book";
  if (!is_readable()) return "the permit book is damaged or of another layout";
  const auto& head = header();
  if (head.node != id_from(identity.node)) return "the permit book is another node's";
  if (head.boot != id_from(identity.boot) || !is_known(head.boot))
    return "the machine was started anew";
  if (head.machine != id_from(identity.machine)) return "the machine is another one";
  if (head.generation != id_from(identity.generation)) return "the machine was restored";
  const auto state = static_cast<BookState>(head.state.load());
  if (state == BookState::raw) return "the permit book was never finished";
  if (is_of_another_epoch(identity)) return "the permit book is of another epoch";
  return {};
}

Result<void> PermitMemory::Inside::begin_anew(const Place& place, const BookIdentity& identity) {
  const auto slots = std::clamp(place.slots, 1U, slots_max);
  const auto made = file.make_new(book_bytes(slots));
  if (!made) return made;
  const auto mapped = file.map();
  if (!mapped) return mapped;
  auto& head = header();
  head.magic = magic;
  head.layout = layout_number;
  head.slots = slots;
  head.pairs = slots * pairs_per_slot;
  head.members = members_max;
  head.node = id_from(identity.node);
  head.machine = id_from(identity.machine);
  head.boot = id_from(identity.boot);
  head.generation = id_from(identity.generation);
  head.checksum = sum_of(head);
  return {};
}

/// False: there is no room for all of it.
bool PermitMemory::Inside::restore_all(const CleanStop& stop, Moment now) {
  const auto elapsed = std::max<Nanoseconds>(now.wall - stop.at, Nanoseconds{0});
  pairs = std::make_unique<PermitPairs>(file.bytes());
  std::size_t index = 0;
  for (const auto& saved : stop.slots) {
    if (index == header().slots) break;
    auto& free = slot(index);
    free.number = static_cast<std::uint32_t>(index++);
    // The counters first: without them the slot would hold what it has given away.
    if (!restore_pairs(free, *pairs, saved, now.at)) return false;
    restore(free, saved, now.at, elapsed);
  }
  return true;
}

/// All of a slot without a book has matured: it may be another quota's.
bool PermitMemory::Inside::is_spent(std::size_t index, Instant now) const noexcept {
  const auto& old = slot(index);
  if (claimed[index]) return false;
  // Of a quota that the cluster still has; a node that is in none has no pairs.
  if (old.first_pair.load() != 0 && state_of(index) != SlotState::closing) return false;
  // What was in flight is over when a whole ring has passed, and so is any period of a calendar.
  const Nanoseconds whole{std::max(old.window, old.width * ring_buckets)};
  const bool all_over = now >= left_at[index] + whole;
  if (old.calendar != 0) return all_over;
  if (!all_over && in_flight_in(old, pairs->moved(old)) != 0) return false;
  const auto reached = now.time_since_epoch().count() / old.width;
  const auto cursor = old.cursor.load();
  for (auto bucket = std::max(cursor, reached) + 1; bucket < cursor + ring_buckets; ++bucket)
    if (old.ring[static_cast<std::size_t>(bucket % ring_buckets)].load() != 0) return false;
  return true;
}

PermitMemory::PermitMemory(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
PermitMemory::~PermitMemory() = default;

Result<std::shared_ptr<PermitMemory>> PermitMemory::open(
  const Place& place, const BookIdentity& identity, const BookPast& past, Moment now) {
  if (!is_known(id_from(identity.node)))
    return fail(ErrorKind::internal, "permit book: the node has no id");
  GATEWAY_TRY(
    auto file, BookFile::open(place.folder / ("llm-gateway-" + hex_text(id_from(identity.node)))));
  auto inside = std::make_unique<Inside>(std::move(file), PastJournal{past.journal, now.wall});
  if (inside->file.size() > 0)
    if (const auto mapped = inside->file.map(); !mapped) return fail(mapped.error());

  auto lost_because = inside->why_lost(identity);
  if (lost_because.empty()) {
    const auto slots = std::min(place.slots, slots_max);
    if (slots > inside->header().slots) {
      GATEWAY_TRY(auto larger, grown(inside->file, slots));
      inside->file = std::move(larger);
    }
    const auto state = static_cast<BookState>(inside->header().state.load());
    inside->beginning = state == BookState::live || state == BookState::lost
      ? BookBeginning::restarted
      : static_cast<BookBeginning>(inside->header().begun_as.load());
    if (state == BookState::lost) inside->journal.leave_out_own_loss();
    // Killed before it had begun: what was found out then is forgotten.
    if (inside->beginning == BookBeginning::lost) inside->doubt_journal(now);
  } else {
    const bool moved = inside->is_readable() && inside->may_live_elsewhere(identity);
    const auto stop = past.clean_stop ? read_clean_stop(*past.clean_stop) : std::nullopt;
    const bool is_clean = stop && stop->node == id_from(identity.node)
      && stop->machine == id_from(identity.machine) && is_known(stop->machine)
      && stop->epoch == identity.epoch;
    const auto made = inside->begin_anew(place, identity);
    if (!made) return fail(made.error());
    auto& head = inside->header();
    if (is_clean && inside->restore_all(*stop, now)) {
      inside->beginning = BookBeginning::clean_stop;
    } else if (identity.known) {
      inside->beginning = BookBeginning::lost;
      inside->lost_because = std::move(lost_because);
      const bool maybe_elsewhere = moved || !is_known(id_from(identity.machine));
      const auto unknown_until = now.at + (maybe_elsewhere ? elsewhere_pause : Nanoseconds{0});
      head.lost_at.store(unknown_until.time_since_epoch().count());
      // A copy does not know what was used after it was made.
      if (maybe_elsewhere || !inside->journal.is_of(hex_text(id_from(identity.machine))))
        inside->doubt_journal(now);
    }
    head.begun_as.store(static_cast<std::int64_t>(inside->beginning));
    head.state.store(static_cast<std::int64_t>(BookState::prepared));
  }

  inside->begin(now.at);
  for (std::size_t i = 0; i < inside->header().slots; ++i)
    if (inside->state_of(i) != SlotState::free) inside->by_key.emplace(inside->slot(i).key, i);
  return std::shared_ptr<PermitMemory>{new PermitMemory{std::move(inside)}};
}

BookBeginning PermitMemory::beginning() const noexcept {
  return inside_->beginning;
}

const std::string& PermitMemory::lost_because() const noexcept {
  return inside_->lost_because;
}

const std::filesystem::path& PermitMemory::file() const noexcept {
  return inside_->file.path();
}

std::uint64_t PermitMemory::epoch() const noexcept {
  return static_cast<std::uint64_t>(inside_->header().epoch.load());
}

void PermitMemory::set_shared() noexcept {
  is_shared_ = true;
  inside_->journal.set_shared();
}

void PermitMemory::begin_epoch(std::uint64_t epoch) noexcept {
  auto& head = inside_->header();
  head.epoch.store(static_cast<std::int64_t>(epoch));
  if (is_lost()) return; // killed before the others had told
  const bool is_to_be_told = is_shared_ && beginning() == BookBeginning::lost;
  const auto state = is_to_be_told ? BookState::lost : BookState::live;
  head.state.store(static_cast<std::int64_t>(state));
}

bool PermitMemory::is_lost() const noexcept {
  return static_cast<BookState>(inside_->header().state.load()) == BookState::lost;
}

void PermitMemory::found() noexcept {
  inside_->header().state.store(static_cast<std::int64_t>(BookState::live));
}

std::optional<Instant> PermitMemory::elsewhere_until() const noexcept {
  const auto until = inside_->header().lost_at.load();
  return until == 0 ? std::nullopt : std::optional{Instant{Nanoseconds{until}}};
}

std::vector<PairCounters> PermitMemory::pairs_of(QuotaKey quota) const {
  std::vector<PairCounters> counters;
  const std::lock_guard lock(inside_->mutex);
  const auto known = inside_->by_key.find(quota);
  if (known == inside_->by_key.end()) return counters;
  for (const auto* const pair : inside_->pairs->of(inside_->slot(known->second)))
    if (pair->closed_in.load() == 0)
      counters.push_back(
        {pair->member,
         pair->giv.load(),
         pair->rcv.load(),
         Instant{Nanoseconds{pair->given_until.load()}}});
  return counters;
}

void PermitMemory::keep_only(const std::set<QuotaKey>& quotas) noexcept {
  const std::lock_guard lock(inside_->mutex);
  for (const auto& [key, index] : inside_->by_key) {
    const auto state = quotas.contains(key) ? SlotState::live : SlotState::closing;
    if (inside_->state_of(index) != state)
      inside_->slot(index).state.store(static_cast<std::int64_t>(state));
  }
}

void PermitMemory::note_alive(Instant now) noexcept {
  inside_->header().alive_at.store(now.time_since_epoch().count());
}

std::optional<Instant> PermitMemory::last_alive() const noexcept {
  const auto alive_at = inside_->header().alive_at.load();
  if (alive_at == 0 || beginning() != BookBeginning::restarted) return std::nullopt;
  return Instant{Nanoseconds{alive_at}};
}

void PermitMemory::note_contact(std::uint64_t since, Instant at) noexcept {
  auto& header = inside_->header();
  const auto version = static_cast<std::int64_t>(since);
  if (header.contact_since.load() != version) {
    header.contact_at.store(0);
    header.contact_since.store(version);
  }
  header.contact_at.store(at.time_since_epoch().count());
}

std::optional<Instant> PermitMemory::last_contact(std::uint64_t since) const noexcept {
  const auto& header = inside_->header();
  const bool is_known = header.contact_since.load() == static_cast<std::int64_t>(since);
  const auto at = is_known ? header.contact_at.load() : 0;
  return at == 0 ? std::nullopt : std::optional{Instant{Nanoseconds{at}}};
}

PermitPairs& PermitMemory::pairs() noexcept {
  return *inside_->pairs;
}

PermitMembers PermitMemory::members() noexcept {
  return PermitMembers{inside_->file.bytes()};
}

Result<PermitMemory::Claim> PermitMemory::claim(const QuotaSpec& spec, Instant now) {
  const auto key = key_of(spec);
  const std::lock_guard lock(inside_->mutex);
  if (const auto known = inside_->by_key.find(key); known != inside_->by_key.end()) {
    if (inside_->claimed[known->second])
      return fail(ErrorKind::internal, spec.owner + " " + spec.name + " has a permit book already");
    inside_->claimed[known->second] = true;
    return Claim{&inside_->slot(known->second), false};
  }
  const std::size_t slots = inside_->header().slots;
  std::size_t index = 0;
  while (index < slots && (inside_->state_of(index) != SlotState::free || inside_->claimed[index])
         && !inside_->is_spent(index, now))
    ++index;
  if (index == slots)
    return fail(
      ErrorKind::overloaded, "permit book: all " + std::to_string(slots) + " quotas are taken");

  auto& slot = inside_->slot(index);
  if (inside_->state_of(index) != SlotState::free) inside_->by_key.erase(slot.key);
  slot.state.store(static_cast<std::int64_t>(SlotState::free));
  // A life that was killed while it filled the slot may have left anything here.
  for (auto* cell :
       {&slot.which,
        &slot.delay,
        &slot.idle,
        &slot.pool,
        &slot.cursor,
        &slot.first_pair,
        &slot.used_total,
        &slot.series})
    cell->store(0);
  for (auto& terms : slot.terms)
    for (auto* cell : {&terms.version, &terms.init, &terms.owed}) cell->store(0);
  for (auto& bucket : slot.ring) bucket.store(0);
  slot.key = key;
  slot.number = static_cast<std::uint32_t>(index);
  slot.unit = static_cast<std::uint8_t>(spec.unit);
  slot.calendar = is_calendar(spec) ? 1 : 0;
  slot.window = window_of(spec).count();
  slot.width = bucket_width(spec).count();
  slot.checksum = sum_of(slot);
  inside_->claimed[index] = true;
  return Claim{&slot, true};
}

void PermitMemory::publish(PermitSlot& slot) noexcept {
  const std::lock_guard lock(inside_->mutex);
  slot.state.store(static_cast<std::int64_t>(SlotState::live));
  inside_->by_key[slot.key] = inside_->index_of(slot);
}

void PermitMemory::let_go(PermitSlot& slot, Instant now) noexcept {
  const std::lock_guard lock(inside_->mutex);
  const auto index = inside_->index_of(slot);
  inside_->claimed[index] = false;
  inside_->left_at[index] = now;
}

std::vector<PastUse> PermitMemory::past_of(const QuotaSpec& spec, Moment now) const {
  const auto lost_at = inside_->header().lost_at.load();
  if (lost_at == 0) return {};
  const Instant ended{Nanoseconds{lost_at}};
  if (!is_long(spec)) return {{permits_max, ended}};
  return inside_->journal.uses(spec, ended, now.at, now.wall);
}

const PastJournal& PermitMemory::journal() const noexcept {
  return inside_->journal;
}

std::string PermitMemory::journal_beginning(WallTime now) const {
  const auto machine = inside_->header().machine;
  return inside_->journal.beginning(
    {is_known(machine) ? hex_text(machine) : std::string{},
     inside_->beginning == BookBeginning::first,
     inside_->beginning == BookBeginning::lost},
    now);
}

std::string PermitMemory::clean_stop_text(Moment now) const {
  CleanStop stop;
  const auto& head = inside_->header();
  stop.node = head.node;
  stop.machine = head.machine;
  stop.epoch = epoch();
  stop.at = now.wall;
  const std::lock_guard lock(inside_->mutex);
  for (const auto& [key, index] : inside_->by_key)
    stop.slots.push_back(snapshot_of(inside_->slot(index), *inside_->pairs, now.at));
  return write_clean_stop(stop);
}

} // namespace gateway
