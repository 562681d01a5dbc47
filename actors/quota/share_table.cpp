#include "actors/quota/share_table.hpp"

#include <algorithm>
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
  for (auto& spec : specs) {
    const auto* const row = find(rows_, by_document_, document_key(spec));
    if (row == nullptr) {
      spec.share = QuotaShare{};
      continue;
    }
    spec.incarnation = row->spec.incarnation;
    spec.limit = std::min(spec.limit, row->spec.limit);
    spec.share = row->spec.share;
  }
}

const ShareTable::Row* ShareTable::row_of(QuotaKey book) const {
  return find(rows_, by_book_, book);
}

const ShareTable::Row* ShareTable::row_of_number(std::uint32_t number) const {
  return find(rows_, by_number_, number);
}

} // namespace gateway
