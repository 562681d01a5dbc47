#include "actors/quota/share_table.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace gateway {
namespace {

QuotaKey document_key(QuotaSpec spec) {
  spec.incarnation = 0;
  return key_of(spec);
}

template <class Key>
const ShareTable::Row*
find(const std::vector<ShareTable::Row>& rows, const std::map<Key, std::size_t>& index, Key key) {
  const auto found = index.find(key);
  return found == index.end() ? nullptr : &rows[found->second];
}

} // namespace

ShareTable::ShareTable(std::vector<Row> rows) : rows_(std::move(rows)) {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const auto& [number, spec] = rows_[i];
    by_book_[key_of(spec)] = i;
    by_document_[document_key(spec)] = i;
    by_number_[number] = i;
  }
}

void ShareTable::enter(std::vector<QuotaSpec>& specs) const {
  std::set<QuotaKey> own;
  for (auto& spec : specs) {
    const auto* const row = find(rows_, by_document_, document_key(spec));
    if (row == nullptr) {
      spec.share = QuotaShare{};
      continue;
    }
    spec.incarnation = row->spec.incarnation;
    spec.limit = std::min(spec.limit, row->spec.limit);
    spec.share = row->spec.share;
    // This node's document is older than its record.
    spec.share->removed_in.reset();
    own.insert(key_of(spec));
  }
  std::vector<QuotaSpec> removed;
  for (const auto& [number, spec] : rows_) {
    const auto takes_its_place = [&its = spec](const auto& one) {
      return takes_place_of(one, its);
    };
    if (!own.contains(key_of(spec)) && std::ranges::any_of(specs, takes_its_place))
      removed.push_back(spec);
  }
  std::ranges::move(removed, std::back_inserter(specs));
}

const ShareTable::Row* ShareTable::row_of(QuotaKey book) const {
  return find(rows_, by_book_, book);
}

const ShareTable::Row* ShareTable::row_of_number(std::uint32_t number) const {
  return find(rows_, by_number_, number);
}

} // namespace gateway
