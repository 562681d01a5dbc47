#include "actors/cluster/peer_questions.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <random>

namespace gateway {
namespace {

std::string text_of(std::size_t bytes) {
  std::string text(bytes, 'x');
  for (std::size_t i = 0; i < bytes; i += 977) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

/// Two nodes and what is on its way between them.
struct Pair {
  PeerQuestions asker{1'000};
  PeerQuestions answerer{7};
  Instant now{};
  std::mt19937 chance{5};
  unsigned lost_percent = 0;
  std::size_t most_on_their_way = 0;
  std::string answer = "fine";
  bool is_silent = false;
  std::vector<PeerQuestions::Asked> asked;
  std::vector<PeerQuestions::Told> told;

  /// Carries all that either has to say; false where neither has.
  bool carry() {
    std::size_t carried = 0;
    const auto from = [&](PeerQuestions& one, PeerQuestions& other, const char* name) {
      for (auto& event : one.take_events()) {
        if (auto* const send = std::get_if<PeerQuestions::Send>(&event)) {
          REQUIRE(send->bytes.size() <= frame_bytes_max);
          ++carried;
          if (chance() % 100 >= lost_percent) other.heard(name, send->kind, send->bytes, now);
        } else if (auto* const question = std::get_if<PeerQuestions::Asked>(&event)) {
          asked.push_back(*question);
          if (!is_silent) one.answer(question->peer, question->number, answer, now);
        } else {
          told.push_back(std::get<PeerQuestions::Told>(std::move(event)));
        }
      }
    };
    from(asker, answerer, "asker");
    most_on_their_way = std::max(most_on_their_way, carried);
    from(answerer, asker, "answerer");
    most_on_their_way = std::max(most_on_their_way, carried);
    return carried > 0;
  }
  void run(Milliseconds time) {
    for (const auto until = now + time; now < until; now += Milliseconds{50}) {
      while (carry()) most_on_their_way = 0;
      asker.tick(now);
      answerer.tick(now);
    }
  }
};

} // namespace

TEST_CASE("a question is answered by the node that was asked", "[cluster][questions]") {
  Pair nodes;
  const auto number =
    nodes.asker.ask("answerer", PeerTopic::request_page, "which?", Milliseconds{1'000}, nodes.now);
  nodes.run(Milliseconds{100});
  REQUIRE(nodes.asked.size() == 1);
  CHECK(nodes.asked[0].question == "which?");
  CHECK(nodes.asked[0].topic == PeerTopic::request_page);
  REQUIRE(nodes.told.size() == 1);
  CHECK(nodes.told[0].number == number);
  CHECK(nodes.told[0].answer == "fine");
}

TEST_CASE("an answer of any length comes whole, though frames are lost", "[cluster][questions]") {
  const auto bytes = GENERATE(
    as<std::size_t>{},
    0,
    1,
    PeerQuestions::piece_bytes,
    PeerQuestions::piece_bytes + 1,
    PeerQuestions::piece_bytes * 8,
    3'000'000);
  Pair nodes;
  nodes.lost_percent = GENERATE(0U, 30U);
  nodes.answer = text_of(bytes);
  for (int i = 0; i < 3; ++i)
    nodes.asker.ask("answerer", PeerTopic::usage, "all", Milliseconds{600'000}, nodes.now);
  nodes.run(Milliseconds{120'000});
  REQUIRE(nodes.told.size() == 3);
  for (const auto& told : nodes.told) CHECK(told.answer == nodes.answer);
  // Made once, however often it is asked for; a short one may be made again.
  if (bytes > PeerQuestions::piece_bytes) CHECK(nodes.asked.size() == 3);
}

TEST_CASE("few pieces of an answer are on their way at a time", "[cluster][questions]") {
  PeerQuestions answerer{7};
  PeerQuestions asker{1};
  const Instant now{};
  asker.ask("b", PeerTopic::usage, "", Milliseconds{1'000}, now);
  auto question = asker.take_events();
  answerer.heard("a", FrameKind::question, std::get<PeerQuestions::Send>(question[0]).bytes, now);
  const auto asked = std::get<PeerQuestions::Asked>(answerer.take_events()[0]);
  answerer.answer("a", asked.number, text_of(5'000'000), now);
  CHECK(answerer.take_events().size() == PeerQuestions::pieces_ahead);
}

TEST_CASE("who does not answer in time is silent", "[cluster][questions]") {
  Pair nodes;
  nodes.is_silent = true;
  nodes.asker.ask("answerer", PeerTopic::usage, "", Milliseconds{1'000}, nodes.now);
  SECTION("because it has nothing to say") {
    nodes.run(Milliseconds{2'000});
  }
  SECTION("because it is gone") {
    nodes.carry();
    nodes.asker.down("answerer");
    nodes.run(Milliseconds{100});
  }
  SECTION("because nothing arrives there") {
    nodes.lost_percent = 100;
    nodes.run(Milliseconds{2'000});
  }
  REQUIRE(nodes.told.size() == 1);
  CHECK_FALSE(nodes.told[0].answer);
}

TEST_CASE("a question that fits into no frame is not asked", "[cluster][questions]") {
  Pair nodes;
  nodes.asker.ask(
    "answerer",
    PeerTopic::usage,
    text_of(PeerQuestions::question_bytes_max + 1),
    Milliseconds{1'000},
    nodes.now);
  nodes.run(Milliseconds{100});
  CHECK(nodes.asked.empty());
  REQUIRE(nodes.told.size() == 1);
  CHECK_FALSE(nodes.told[0].answer);
}

TEST_CASE("bytes of a stranger neither ask nor answer", "[cluster][questions]") {
  Pair nodes;
  nodes.asker.ask("answerer", PeerTopic::usage, "all", Milliseconds{60'000}, nodes.now);
  std::mt19937 chance{9};
  for (int round = 0; round < 5'000; ++round) {
    std::string bytes(chance() % 40, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(chance());
    nodes.answerer.heard("x", FrameKind::question, bytes, nodes.now);
    nodes.asker.heard("x", FrameKind::answer, bytes, nodes.now);
  }
  for (const auto& event : nodes.asker.take_events())
    CHECK_FALSE(std::holds_alternative<PeerQuestions::Told>(event));
  std::size_t asked = 0;
  for (const auto& event : nodes.answerer.take_events())
    asked += std::holds_alternative<PeerQuestions::Asked>(event) ? 1 : 0;
  CHECK(asked <= PeerQuestions::kept_max);
}

} // namespace gateway
