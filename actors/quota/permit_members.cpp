#include "actors/quota/permit_members.hpp"

namespace gateway {
namespace {

PermitMember* members_in(std::byte* book) noexcept {
  return reinterpret_cast<PermitMember*>(book + page_bytes);
}

// Numbers begin at 0, and an empty record is all zeros.
std::int64_t record_number(std::uint32_t member) noexcept {
  return std::int64_t{member} + 1;
}

} // namespace

PermitMember* PermitMembers::find(std::int64_t number) const noexcept {
  auto* const members = members_in(book_);
  for (std::uint32_t i = 0; i < members_max; ++i)
    if (members[i].number.load() == number) return members + i;
  return nullptr;
}

std::optional<std::uint32_t> PermitMembers::self() const noexcept {
  const auto number = header_in(book_).member.load();
  return number == 0 ? std::nullopt : std::optional{static_cast<std::uint32_t>(number - 1)};
}

std::uint64_t PermitMembers::record() const noexcept {
  return static_cast<std::uint64_t>(header_in(book_).record.load());
}

void PermitMembers::follow(std::uint32_t self, std::uint64_t record) noexcept {
  header_in(book_).member.store(record_number(self));
  header_in(book_).record.store(static_cast<std::int64_t>(record));
}

std::uint64_t PermitMembers::epoch_of(std::uint32_t member) const noexcept {
  const auto* const found = find(record_number(member));
  return found != nullptr ? static_cast<std::uint64_t>(found->epoch_seen.load()) : 0;
}

bool PermitMembers::see(std::uint32_t member, std::uint64_t epoch) noexcept {
  auto* found = find(record_number(member));
  if (found == nullptr) {
    found = find(0);
    if (found == nullptr) return false;
    // The number last: before it the record is nobody's.
    found->epoch_seen.store(static_cast<std::int64_t>(epoch));
    found->record.store(0);
    found->number.store(record_number(member));
  }
  if (epoch > epoch_of(member)) found->epoch_seen.store(static_cast<std::int64_t>(epoch));
  return true;
}

std::uint64_t PermitMembers::record_of(std::uint32_t member) const noexcept {
  const auto* const found = find(record_number(member));
  return found != nullptr ? static_cast<std::uint64_t>(found->record.load()) : 0;
}

void PermitMembers::note_record(std::uint32_t member, std::uint64_t version) noexcept {
  if (version <= record_of(member)) return;
  if (auto* const found = find(record_number(member)))
    found->record.store(static_cast<std::int64_t>(version));
}

void PermitMembers::keep_only(const std::set<std::uint32_t>& members) noexcept {
  auto* const records = members_in(book_);
  for (std::uint32_t i = 0; i < members_max; ++i) {
    const auto number = records[i].number.load();
    if (number != 0 && !members.contains(static_cast<std::uint32_t>(number - 1)))
      records[i].number.store(0);
  }
}

} // namespace gateway
