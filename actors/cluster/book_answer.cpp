#include "actors/cluster/book_answer.hpp"

#include <algorithm>
#include <utility>

namespace gateway {

void BookAnswer::begin_anew() {
  const auto asked_at = asked_at_;
  *this = BookAnswer{};
  asked_at_ = asked_at;
}

void BookAnswer::take(const BookTold& told, Instant now) {
  if (told.page == 0 && about_ != told.about) begin_anew();
  if (told.page != next_page_) return;
  epoch_ = told.lives.epoch;
  about_ = told.about;
  counters_.insert(counters_.end(), told.counters.begin(), told.counters.end());
  for (std::size_t i = 0; i < told.silent.size(); ++i)
    heard_[told.about[i].member] = now - told.silent[i];
  next_page_ = told.page + 1;
  is_whole_ = next_page_ == told.pages;
  if (!is_whole_) asked_at_.reset(); // the next page at once
}

bool BookAnswer::tells_of(const std::vector<BookLost::About>& wanted) const {
  return is_whole_ && std::ranges::all_of(wanted, [this](const BookLost::About& one) {
           return std::ranges::any_of(about_, [&](const BookLost::About& told) {
             return told.member == one.member && told.epoch >= one.epoch;
           });
         });
}

std::optional<BookLost>
BookAnswer::question(std::vector<BookLost::About> about, Instant now, Nanoseconds again) {
  if (asked_at_ && now - *asked_at_ < again) return std::nullopt;
  asked_at_ = now;
  BookLost question;
  // Who is asked of others than before tells from the beginning.
  question.page = about_ == about && !is_whole_ ? next_page_ : 0;
  question.about = std::move(about);
  return question;
}

} // namespace gateway
