#pragma once

#include "actors/cluster/book_message.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace gateway {

/// What one member tells of its counters with others, page after page; the pages belong together,
/// for the lives they are about are closed.
class BookAnswer {
public:
  /// One that was asked of others than before begins anew; a page of before, or twice, is nothing.
  void take(const BookTold& told, Instant now);
  /// What was told counts no more.
  void begin_anew();
  /// It told, in full, of all of these, in the lives they are in now.
  bool tells_of(const std::vector<BookLost::About>& wanted) const;

  /// What is to be asked now; none: it was not long ago. The lives are the sender's to fill in.
  std::optional<BookLost>
  question(std::vector<BookLost::About> about, Instant now, Nanoseconds again);

  std::uint64_t epoch() const noexcept { return epoch_; } // of the life that told
  const std::vector<BookTold::Counters>& counters() const noexcept { return counters_; }
  /// When it heard last what it told of, at the latest.
  const std::map<std::uint32_t, Instant>& heard() const noexcept { return heard_; }

private:
  std::uint64_t epoch_ = 0;
  std::vector<BookLost::About> about_;
  std::uint32_t next_page_ = 0;
  bool is_whole_ = false;
  std::vector<BookTold::Counters> counters_;
  std::map<std::uint32_t, Instant> heard_; // by whom it is about
  std::optional<Instant> asked_at_;
};

} // namespace gateway
