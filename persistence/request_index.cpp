#include "persistence/request_index.hpp"

#include <algorithm>
#include <ranges>

namespace gateway {

Result<void> RequestIndex::look() {
  GATEWAY_TRY(stored_, journal_files(folder_, Day::min()));
  std::erase_if(indices_, [&](const auto& entry) {
    return std::ranges::find(stored_, entry.first, &StoredFile::name) == stored_.end();
  });
  return {};
}

Result<bool> RequestIndex::catch_up(Day first, Day last) {
  for (const auto& stored : stored_ | std::views::reverse) {
    if (stored.name.day < first || stored.name.day > last) continue;
    auto& index = indices_.try_emplace(stored.name, files_, folder_, stored.name).first->second;
    GATEWAY_TRY(const bool more, index.catch_up(stored));
    if (more) return true;
    // Nothing is written to a day before yesterday's any more: its last block need not be full.
    if (stored.name.day + std::chrono::days{1} < stored_.back().name.day) index.seal();
  }
  return false;
}

std::vector<Day> RequestIndex::days() const {
  std::vector<Day> days;
  for (const auto& stored : stored_)
    if (days.empty() || days.back() != stored.name.day) days.push_back(stored.name.day);
  return days;
}

std::vector<IndexBlockPlace> RequestIndex::blocks(Day first, Day last) const {
  std::vector<IndexBlockPlace> blocks;
  for (const auto& [name, index] : indices_) {
    if (name.day < first || name.day > last) continue;
    blocks.insert(blocks.end(), index.sealed().begin(), index.sealed().end());
    if (auto open = index.open(); open.head.rows > 0) blocks.push_back(std::move(open));
  }
  return blocks;
}

RequestPlace RequestIndex::settled(RequestPlace place) const {
  for (const auto& stored : stored_) { // by part: what moved twice goes the whole way
    if (!stored.continues || stored.continues->from != place.file) continue;
    if (place.offset < stored.continues->offset) continue;
    place = {stored.name, stored.head_bytes + (place.offset - stored.continues->offset)};
  }
  return place;
}

void RequestIndex::forget(const IndexBlockPlace& block) {
  if (const auto found = indices_.find(block.file); found != indices_.end())
    found->second.forget(block.head.begin);
}

std::string RequestIndex::journal_path(const JournalFile& file) const {
  return folder_ + "/" + file_name(file);
}

std::string RequestIndex::index_path(const JournalFile& file) const {
  return folder_ + "/" + index_file_name(file);
}

} // namespace gateway
