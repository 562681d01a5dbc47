#include "actors/quota/book_growth.hpp"

#include "actors/quota/permit_layout.hpp"

#include <cstring>

namespace gateway {

Result<BookFile> grown(const BookFile& book, std::uint32_t slots) {
  const auto path = book.path();
  // Locked under its own name first, so that nobody has it when it gets the old one's.
  GATEWAY_TRY(auto larger, BookFile::open(path.string() + ".new"));
  if (const auto made = larger.make_new(book_bytes(slots)); !made) return fail(made.error());
  if (const auto mapped = larger.map(); !mapped) return fail(mapped.error());

  const auto& before = header_in(book.bytes());
  std::memcpy(larger.bytes(), book.bytes(), 2 * page_bytes);
  const auto slot_bytes = before.slots * sizeof(PermitSlot);
  const auto* const old_slots = book.bytes() + 2 * page_bytes;
  auto* const new_slots = larger.bytes() + 2 * page_bytes;
  std::memcpy(new_slots, old_slots, slot_bytes);
  // The pairs lie behind the slots and are known by their numbers, which stay.
  std::memcpy(
    new_slots + slots * sizeof(PermitSlot),
    old_slots + slot_bytes,
    before.pairs * sizeof(PermitPair));
  auto& after = header_in(larger.bytes());
  after.slots = slots;
  after.pairs = slots * pairs_per_slot;
  after.checksum = sum_of(after);

  if (const auto renamed = larger.rename_to(path); !renamed) return fail(renamed.error());
  return larger;
}

} // namespace gateway
