#include "tests/actors/cluster/every_order/real_member.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <sys/mman.h>
#include <unistd.h>

namespace gateway {
namespace {

constexpr WallTime wall{Milliseconds{1'795'438'800'000}};

std::byte* map(int file) {
  void* const at = ::mmap(nullptr, BookValue::bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  REQUIRE(at != MAP_FAILED);
  return static_cast<std::byte*>(at);
}

std::string boot_of(std::uint32_t number) {
  return "bbbbbbbb-bbbb-4bbb-8bbb-" + std::to_string(100'000'000'000 + number);
}

void mix(std::uint64_t& sum, std::uint64_t value) {
  sum = (sum ^ value) * 0x9e3779b97f4a7c15U;
  sum ^= sum >> 29U;
}

} // namespace

WordNumber Words::number_of(const Word& word) {
  const auto [known, is_new] = known_.try_emplace(word, words_.size() + 1);
  if (is_new) words_.push_back(word);
  return known->second;
}

/// Notes what is in the mapping after every single store while it lives.
struct RealMember::Recording {
  Recording(RealMember& its_member, const std::byte* its_bytes, StepOutcome& its_outcome)
      : member(its_member), bytes(its_bytes), outcome(its_outcome) {
    current = this;
    after_each_store = [] { current->note(); };
  }
  ~Recording() { after_each_store = nullptr; }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void note() {
    // Most stores put a 0 where there is one.
    if (left.empty() || std::memcmp(left.data(), bytes, left.size()) != 0) {
      left.assign(bytes, bytes + BookValue::bytes());
      outcome.after_store.push_back(member.number_of(bytes));
    } else {
      outcome.after_store.push_back(outcome.after_store.back());
    }
    if (outcome.after_store.size() == during_at) during();
  }

  static inline Recording* current = nullptr;
  RealMember& member;
  const std::byte* bytes;
  StepOutcome& outcome;
  std::vector<std::byte> left{}; // by the store before
  std::size_t during_at = 0;
  std::function<void()> during;
};

RealMember::RealMember(std::uint32_t number, const Size& size, Removed removed, Words& words)
    : number_(number), size_(size), removed_(removed), words_(words), now_(BookValue::now(size)),
      spec_(size.spec(number)) {
  identity_.node = std::string(30, '0') + std::to_string(10 + number);
  identity_.machine = test_identity().machine;
  identity_.boot = boot_of(0);
  auto opened = PermitMemory::open({folder_.path(), BookValue::slots}, identity_, {}, {now_, wall});
  REQUIRE(opened);
  memory_ = *opened;
  memory_->set_shared();
  memory_->begin_epoch(1);
  auto made = PermitBook::make(memory_, spec_, {now_, wall});
  REQUIRE(made);
  book_ = *std::move(made);
  const int file = ::open(memory_->file().c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(file >= 0);
  bytes_ = map(file);
  ::close(file);
  const auto path = starts_.path() / memory_->file().filename();
  starts_file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(starts_file_ >= 0);
  REQUIRE(::ftruncate(starts_file_, static_cast<off_t>(BookValue::bytes())) == 0);
  starts_bytes_ = map(starts_file_);
  later_.push_back(0);
}

RealMember::~RealMember() {
  ::munmap(bytes_, BookValue::bytes());
  ::munmap(starts_bytes_, BookValue::bytes());
  ::close(starts_file_);
}

std::size_t RealMember::Hash::operator()(const Key& key) const {
  const auto& step = key.step;
  std::uint64_t sum = key.book;
  for (const auto part :
       {static_cast<std::uint64_t>(step.kind),
        std::uint64_t{step.member},
        std::uint64_t{step.amount},
        static_cast<std::uint64_t>(step.part),
        std::uint64_t{step.age},
        std::uint64_t{step.epoch},
        std::uint64_t{step.boot},
        static_cast<std::uint64_t>(step.acknowledged),
        std::uint64_t{step.during_at},
        static_cast<std::uint64_t>(step.during)})
    mix(sum, part);
  for (const auto word : step.words) mix(sum, word);
  return sum;
}

BookNumber RealMember::number_of(const BookValue& value) {
  const auto [known, is_new] = known_.try_emplace(value, static_cast<BookNumber>(values_.size()));
  if (is_new) values_.push_back(&known->first);
  return known->second;
}

void RealMember::load(BookNumber book) {
  values_[book]->write(bytes_, size_);
}

BookNumber RealMember::later(BookNumber book) {
  if (book >= later_.size()) later_.resize(values_.size(), 0);
  if (book != 0 && later_[book] == 0) {
    const auto number = number_of(values_[book]->later(size_));
    later_.resize(values_.size(), 0);
    later_[book] = number;
  }
  return later_[book];
}

const StepOutcome& RealMember::after(BookNumber book, const Step& step) {
  const auto known = outcomes_.find({book, step});
  if (known != outcomes_.end()) return known->second;
  ++steps_;
  auto outcome = step.kind == Step::Kind::start ? start(book, step) : carry_out(book, step);
  return outcomes_.emplace(Key{book, step}, std::move(outcome)).first->second;
}

// -- what one step does ---------------------------------------------------------------------------

StepOutcome RealMember::carry_out(BookNumber book, const Step& step) {
  StepOutcome outcome;
  load(book);
  {
    Recording recording{*this, bytes_, outcome};
    recording.during_at = step.during_at;
    recording.during = [&] {
      auto during = step;
      during.kind = step.during;
      outcome.is_during_done = act(during, outcome);
    };
    outcome.is_done = act(step, outcome);
  }
  outcome.end = number_of(bytes_);
  return outcome;
}

bool RealMember::act(const Step& step, StepOutcome& outcome) {
  const auto counted = now_ - step.age * Size::tick;
  ShareOrder order;
  order.part = step.part;
  order.member = step.member;
  order.amount = step.amount;
  order.acknowledged = removed_ == Removed::cooling_arrives_first ? permits_max : step.acknowledged;
  switch (step.kind) {
  case Step::Kind::sweep: book_->sweep(now_); return true;
  case Step::Kind::take: return book_->owed() == 0 && book_->try_take(1);
  case Step::Kind::put_back: book_->put_back(1); return true;
  case Step::Kind::settle: book_->settle(1, counted, now_); return true;
  case Step::Kind::cool: return book_->cool(1, counted);
  case Step::Kind::give: order.kind = ShareOrder::Kind::give; break;
  case Step::Kind::give_cooling: order.kind = ShareOrder::Kind::give_cooling; break;
  case Step::Kind::move: order.kind = ShareOrder::Kind::move; break;
  case Step::Kind::hear: return hear(step, outcome);
  case Step::Kind::recover: return recover(step, outcome);
  case Step::Kind::find: memory_->found(); return true;
  case Step::Kind::start: return false;
  }
  return book_->carry_out(order, now_) > 0;
}

/// As it knows the others when nothing was heard yet: what it hears next it may hear again, so that
/// what it once heard makes no difference.
QuotaSharing RealMember::sharing(Instant started) const {
  QuotaSharing sharing{number_, memory_, {}, started};
  std::vector<QuotaSharing::Member> members;
  std::map<std::uint32_t, std::int64_t> inits;
  for (std::uint32_t i = 0; i < size_.nodes(); ++i) {
    members.push_back({i});
    inits[i] = size_.inits[i];
  }
  sharing.set_members(members, size_.nodes());
  sharing.set_quota(quota_of_words, size_.limit(), std::move(inits));
  return sharing;
}

bool RealMember::hear(const Step& step, StepOutcome& outcome) {
  auto word = words_.at(step.words[0]);
  if (removed_ == Removed::older_lives_are_closed) {
    word.epoch =
      std::max(word.epoch, static_cast<std::uint8_t>(memory_->members().epoch_of(word.from)));
    word.your_epoch = static_cast<std::uint8_t>(memory_->epoch());
  }
  if (word.kind == Word::Kind::pair) return receive(word, step, outcome);
  const auto message = message_of(word, now_);
  auto sharing = this->sharing(now_);
  std::vector<std::byte> lives(page_bytes);
  std::memcpy(lives.data(), bytes_ + page_bytes, page_bytes);
  if (const auto* const lost = std::get_if<BookLost>(&message))
    sharing.hear(word.from, *lost, now_);
  if (const auto* const told = std::get_if<BookTold>(&message))
    sharing.hear(word.from, *told, now_);
  sharing.note(quota_of_words, book_->share(), {}, now_);
  outcome.said = take_words(sharing);
  std::erase_if(
    outcome.said, [this](WordNumber said) { return words_.at(said).kind != Word::Kind::told; });
  if (removed_ == Removed::closed_before_told)
    std::memcpy(bytes_ + page_bytes, lives.data(), page_bytes);
  return !outcome.said.empty();
}

bool RealMember::receive(const Word& word, const Step& step, StepOutcome& outcome) {
  auto sharing = this->sharing(now_);
  const auto message = std::get<PairMessage>(message_of(word, now_));
  sharing.hear(word.from, message, now_ - step.age * Size::tick);
  sharing.note(quota_of_words, book_->share(), {}, now_);
  bool is_done = false;
  for (auto [quota, batch, order] : sharing.take_orders(now_)) {
    if (order.kind != ShareOrder::Kind::receive) continue;
    order.part = step.part;
    if (removed_ == Removed::larger_counts)
      for (const auto& pair : book_->share().pairs)
        if (pair.member == word.from) order.amount += pair.received;
    is_done = book_->carry_out(order, now_) > 0;
    auto state = book_->share();
    state.answers = batch;
    sharing.note(quota, state, {}, now_);
  }
  if (sharing.is_contradicted()) outcome.wrong = "somebody received more than was given to it";
  if (sharing.is_overtaken()) outcome.wrong = "somebody knows a newer life than there is";
  return is_done;
}

bool RealMember::recover(const Step& step, StepOutcome& outcome) {
  auto sharing = this->sharing(now_ - step.age * Size::tick);
  for (const auto number : step.words) {
    if (number == 0) continue;
    const auto& word = words_.at(number);
    const auto age = std::min(word.age, step.age);
    sharing.hear(word.from, std::get<BookTold>(message_of(word, now_)), now_ - age * Size::tick);
  }
  const auto recovered = sharing.take_recovered();
  if (!recovered) return false;
  const auto held = stretched(*spec_.count_delay + spec_.window);
  auto told = recovered->front().told;
  if (removed_ == Removed::lost_waits) told.used_by = now_ - 2 * held;
  REQUIRE(book_->recover_share(told, {now_, {}}));
  sharing.note(quota_of_words, book_->share(), {}, now_);
  outcome.said = take_words(sharing);
  return true;
}

StepOutcome RealMember::start(BookNumber book, const Step& step) {
  StepOutcome outcome;
  const bool is_there = book != 0;
  REQUIRE(::ftruncate(starts_file_, is_there ? static_cast<off_t>(BookValue::bytes()) : 0) == 0);
  if (is_there) values_[book]->write(starts_bytes_, size_);
  if (is_there && removed_ == Removed::restart_cools && !facts(book).is_lost)
    slots_in(starts_bytes_)[0].idle.add(facts(book).in_flight);
  auto identity = identity_;
  identity.boot = boot_of(step.boot);
  identity.epoch = step.epoch;
  identity.known = step.epoch > 0;
  {
    const Recording recording{*this, starts_bytes_, outcome};
    auto opened =
      PermitMemory::open({starts_.path(), BookValue::slots}, identity, {}, {now_, wall});
    REQUIRE(opened);
    const auto memory = *opened;
    outcome.raised_after = outcome.after_store.size();
    if (memory->beginning() != BookBeginning::restarted) ++identity.epoch;
    memory->set_shared();
    memory->begin_epoch(identity.epoch);
    auto made = PermitBook::make(memory, spec_, {now_, wall});
    REQUIRE(made);
  }
  outcome.end = number_of(starts_bytes_);
  outcome.is_done = true;
  return outcome;
}

// -- what there is to know ------------------------------------------------------------------------

std::vector<WordNumber> RealMember::take_words(QuotaSharing& sharing) {
  std::vector<WordNumber> words;
  for (const auto& outgoing : sharing.take_messages(now_))
    words.push_back(words_.number_of(word_of(number_, outgoing)));
  return words;
}

std::vector<WordNumber>
RealMember::said_of_lost(BookNumber book, const std::vector<WordNumber>& heard) {
  load(book);
  auto sharing = this->sharing(now_);
  for (const auto word : heard)
    sharing.hear(words_.at(word).from, std::get<BookTold>(message_of(words_.at(word), now_)), now_);
  auto words = take_words(sharing);
  std::erase_if(
    words, [this](WordNumber said) { return words_.at(said).kind != Word::Kind::lost; });
  return words;
}

const BookFacts& RealMember::facts(BookNumber book) {
  if (book >= facts_.size()) facts_.resize(values_.size());
  if (facts_[book]) return *facts_[book];
  load(book);
  BookFacts facts;
  const auto state = book_->share();
  facts.is_published =
    slots_in(bytes_)[0].state.load() == static_cast<std::int64_t>(SlotState::live);
  facts.is_lost = memory_->is_lost();
  facts.epoch = static_cast<std::uint8_t>(memory_->epoch());
  facts.idle = state.idle;
  facts.pool = state.pool;
  facts.cooling = state.cooling;
  facts.in_flight = state.in_flight;
  facts.hold = state.hold;
  for (const auto& pair : state.pairs) {
    facts.given[pair.member] = pair.given;
    facts.received[pair.member] = pair.received;
    facts.is_given_cooling[pair.member] = pair.given_until > now_;
  }
  for (std::uint32_t i = 0; i < size_.nodes(); ++i)
    facts.epochs[i] = static_cast<std::uint8_t>(memory_->members().epoch_of(i));
  if (facts.is_published) {
    auto sharing = this->sharing(now_);
    sharing.note(quota_of_words, state, {}, now_);
    facts.said = take_words(sharing);
  }
  facts_[book] = facts;
  return *facts_[book];
}

} // namespace gateway
