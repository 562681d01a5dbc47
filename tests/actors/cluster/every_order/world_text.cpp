#include "tests/actors/cluster/every_order/world.hpp"

/// The way to what does not hold, for people.
namespace gateway {
namespace {

std::string number(auto value) {
  return std::to_string(static_cast<int>(value));
}

std::string name_of(Step::Kind kind) {
  switch (kind) {
  case Step::Kind::sweep: return "sweeps";
  case Step::Kind::take: return "takes";
  case Step::Kind::put_back: return "puts back";
  case Step::Kind::settle: return "settles";
  case Step::Kind::cool: return "cools";
  case Step::Kind::give: return "gives";
  case Step::Kind::give_cooling: return "gives what cools";
  case Step::Kind::move: return "moves";
  case Step::Kind::hear: return "hears";
  case Step::Kind::recover: return "finds its book by";
  case Step::Kind::find: return "has all its books";
  case Step::Kind::start: return "starts";
  }
  return {};
}

} // namespace

std::string World::text_of(const Happening& happening) const {
  const auto who = number(happening.member) + " ";
  switch (happening.kind) {
  case Happening::Kind::step: break;
  case Happening::Kind::write: return who + "writes a call";
  case Happening::Kind::count: return "a call of " + who + "is counted";
  case Happening::Kind::count_ghost: return "a call of a dead process is counted";
  case Happening::Kind::kill: return who + "is killed";
  case Happening::Kind::crash: return who + "is lost, its machine too";
  case Happening::Kind::tick: return "a tick passes";
  }
  const auto& step = happening.step;
  auto text = who + name_of(step.kind);
  if (step.amount > 0) text += " " + number(step.amount);
  if (step.kind == Step::Kind::give || step.kind == Step::Kind::give_cooling)
    text += " to " + number(step.member) + ", of whom it heard of " + number(step.acknowledged)
      + " received";
  if (step.part == Part::pool) text += ", pool";
  if (step.age > 0) text += ", age " + number(step.age);
  for (const auto word : step.words)
    if (word != 0) text += " [" + gateway::text_of(words_.at(word)) + "]";
  if (step.during_at > 0)
    text += "; another thread " + name_of(step.during) + " after store " + number(step.during_at);
  if (happening.killed_after > 0) text += "; killed after store " + number(happening.killed_after);
  return text;
}

std::string World::text_of(const Moment& moment) {
  std::string text;
  for (std::uint32_t i = 0; i < size_.nodes(); ++i) {
    const auto& member = moment.members[i];
    text += number(i) + "@" + number(member.epoch) + (member.is_up ? "" : " down");
    if (member.book == 0) {
      text += " no book; ";
      continue;
    }
    const auto& book = members_[i]->facts(member.book);
    text += book.is_lost ? " lost" : "";
    text += " idle " + number(book.idle) + " pool " + number(book.pool) + " cools "
      + number(book.cooling) + " calls " + number(book.in_flight) + " gave";
    for (std::uint32_t j = 0; j < size_.nodes(); ++j) text += " " + number(book.given[j]);
    text += " received";
    for (std::uint32_t j = 0; j < size_.nodes(); ++j) text += " " + number(book.received[j]);
    text += "; ";
  }
  text += "counted " + number(moment.judged[0]) + " " + number(moment.judged[1]);
  return text;
}

} // namespace gateway
