#pragma once

#include "actors/quota/permit_book.hpp"
#include "tests/actors/cluster/every_order/book_value.hpp"
#include "tests/actors/cluster/every_order/word.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway {

using BookNumber = std::uint32_t; // of a value; 0: no mapping
using WordNumber = std::uint32_t; // of a word + 1; 0: none

/// What one member may do in one step, until it does the next one.
struct Step {
  enum class Kind : std::uint8_t {
    sweep,
    take,
    put_back,
    settle,       // age: ticks since the provider has counted it at the latest
    cool,         // the same, as any thread may
    give,         // amount, of part, to member
    give_cooling, // to member
    move,         // amount, to part
    hear,         // words[0]; what came goes to part
    recover,      // words: what each of the others tells; age: of this life
    find,         // every book was told
    start,        // another life: epoch, boot
  };
  Kind kind = Kind::sweep;
  std::uint8_t member = 0;
  std::uint8_t amount = 0;
  Part part = Part::own;
  std::uint8_t age = 0;
  std::uint8_t epoch = 0;
  std::uint8_t boot = 0;
  std::int8_t acknowledged = 0;
  std::array<WordNumber, Size::nodes_max> words{};
  /// In another thread after so many stores, a call begins, ends or is counted; 0: none does.
  std::uint8_t during_at = 0;
  Kind during = Kind::take;

  friend bool operator==(const Step&, const Step&) = default;
};
std::string text_of(const Step& step);

/// What came of it: what a kill after each single store leaves, the last one being the end.
struct StepOutcome {
  std::vector<BookNumber> after_store;
  BookNumber end = 0;
  bool is_done = false;         // something was taken, given, received, recovered
  bool is_during_done = false;  // the same of the other thread's
  std::size_t raised_after = 0; // start: so many stores before it had a newer epoch, if it has
  std::vector<WordNumber> said; // answers
  std::string wrong;
};

/// What a book says, and what its member would say to others with it.
struct BookFacts {
  bool is_published = false; // a life that died before left nothing to be counted
  bool is_lost = false;
  std::uint8_t epoch = 0;
  std::int64_t idle = 0;
  std::int64_t pool = 0;
  std::int64_t cooling = 0;
  std::int64_t in_flight = 0;
  std::int64_t hold = 0;
  std::array<std::int64_t, Size::nodes_max> given{};
  std::array<std::int64_t, Size::nodes_max> received{};
  std::array<bool, Size::nodes_max> is_given_cooling{};
  std::array<std::uint8_t, Size::nodes_max> epochs{}; // seen of the others
  std::vector<WordNumber> said;
};

/// Rules that are not followed, to see that it is found out.
enum class Removed : std::uint8_t {
  none,
  lost_waits,             // a lost book is usable at once
  restart_cools,          // what was with calls is usable after a restart
  larger_counts,          // what is received is a difference
  older_lives_are_closed, // they are heard too
  closed_before_told,     // whoever tells a lost book goes on hearing its older life
  cooling_arrives_first,  // what is usable is given behind what cools
  book_before_message,    // what is about to be given is said first
  book_before_write,      // a call is taken for when it was sent
  counted_by_then,        // a call cools from its write, not from when it is counted at the latest
};

/// Words, by number: all members know the same.
class Words {
public:
  WordNumber number_of(const Word& word);
  const Word& at(WordNumber number) const { return words_[number - 1]; }

private:
  std::deque<Word> words_; // each stays where it is
  std::map<Word, WordNumber> known_;
};

/// One member's real code over mappings that are swapped: what a step makes of a value. Nothing of
/// what it does depends on anything else, so each step of each value is made once.
class RealMember {
public:
  RealMember(std::uint32_t number, const Size& size, Removed removed, Words& words);
  ~RealMember();
  RealMember(const RealMember&) = delete;
  RealMember& operator=(const RealMember&) = delete;

  const StepOutcome& after(BookNumber book, const Step& step);
  BookNumber later(BookNumber book);
  const BookFacts& facts(BookNumber book);
  /// What a lost one says that has heard that others lost theirs too.
  std::vector<WordNumber> said_of_lost(BookNumber book, const std::vector<WordNumber>& heard);
  std::size_t books() const { return values_.size() - 1; }
  std::size_t steps() const { return steps_; }

private:
  struct Recording;
  struct Key {
    BookNumber book;
    Step step;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
    std::size_t operator()(const BookValue& value) const { return value.hash(); }
  };

  BookNumber number_of(const BookValue& value);
  BookNumber number_of(const std::byte* book) { return number_of(BookValue{book, size_}); }
  StepOutcome carry_out(BookNumber book, const Step& step);
  StepOutcome start(BookNumber book, const Step& step);
  bool act(const Step& step, StepOutcome& outcome);
  bool hear(const Step& step, StepOutcome& outcome);
  bool receive(const Word& word, const Step& step, StepOutcome& outcome);
  bool recover(const Step& step, StepOutcome& outcome);
  QuotaSharing sharing(Instant started) const;
  void load(BookNumber book);
  std::vector<WordNumber> take_words(QuotaSharing& sharing);

  std::uint32_t number_;
  const Size& size_;
  Removed removed_;
  Words& words_;
  Instant now_;
  QuotaSpec spec_;
  BookIdentity identity_;
  // Of the life that goes on, and of the ones that begin.
  TestFolder folder_;
  TestFolder starts_;
  std::byte* bytes_ = nullptr;
  std::byte* starts_bytes_ = nullptr;
  int starts_file_ = -1;
  std::shared_ptr<PermitMemory> memory_;
  std::unique_ptr<PermitBook> book_;

  std::vector<const BookValue*> values_{nullptr};
  std::unordered_map<BookValue, BookNumber, Hash> known_;
  std::unordered_map<Key, StepOutcome, Hash> outcomes_;
  std::vector<BookNumber> later_;
  std::deque<std::optional<BookFacts>> facts_;
  std::size_t steps_ = 0;
};

} // namespace gateway
