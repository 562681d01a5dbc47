#pragma once

#include "net/base/result.hpp"
#include "persistence/journal_index.hpp"

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Where a request's line stands: its place in the log's order. A later failure may move lines to
/// another file; `settled` says where one stands then.
struct RequestPlace {
  JournalFile file;
  std::uint64_t offset = 0;

  friend auto operator<=>(const RequestPlace&, const RequestPlace&) = default;
};

/// The index of the whole request log: of each journal file, kept up with it.
/// Thread: one, and it waits for the disk.
class RequestIndex {
public:
  RequestIndex(Files& files, std::string data)
      : files_(files), folder_(std::move(data) + "/requests") {}

  /// Sees which journal files there are now. Errors: storage_unavailable.
  Result<void> look();
  /// Takes in a part of what is not indexed yet of the days [first, last], the newest first; false
  /// where nothing is left. Errors: as above.
  Result<bool> catch_up(Day first, Day last);

  /// The days that have a file, the oldest first.
  std::vector<Day> days() const;
  /// The blocks that have requests of those days, in the log's order.
  std::vector<IndexBlockPlace> blocks(Day first, Day last) const;
  RequestPlace settled(RequestPlace place) const;
  /// A block that turned out to be damaged: it, and what is behind it, is made again.
  void forget(const IndexBlockPlace& block);

  std::string journal_path(const JournalFile& file) const;
  std::string index_path(const JournalFile& file) const;
  Files& files() const noexcept { return files_; }

private:
  Files& files_;
  const std::string folder_;
  std::vector<StoredFile> stored_; // as they lay there at the last look
  std::map<JournalFile, JournalIndex> indices_;
};

} // namespace gateway
