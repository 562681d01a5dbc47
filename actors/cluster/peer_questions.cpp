#include "actors/cluster/peer_questions.hpp"

#include "actors/cluster/wire.hpp"

#include <algorithm>

namespace gateway {
namespace {

/// The first byte of a question's frame.
enum class Word : std::uint8_t {
  ask = 1,
  more = 2, // go on from that piece
  over = 3, // all is here
};

constexpr std::size_t pieces_max = PeerQuestions::answer_bytes_max / PeerQuestions::piece_bytes + 1;

std::size_t pieces_of(std::size_t bytes) noexcept {
  return std::max<std::size_t>(
    1, (bytes + PeerQuestions::piece_bytes - 1) / PeerQuestions::piece_bytes);
}

} // namespace

std::uint64_t PeerQuestions::ask(
  const std::string& peer,
  PeerTopic topic,
  std::string question,
  Milliseconds patience,
  Instant now) {
  const Key key{peer, next_++};
  if (question.size() > question_bytes_max) {
    events_.emplace_back(Told{key.second, std::nullopt});
    return key.second;
  }
  const auto& pending =
    pending_.emplace(key, Pending{topic, std::move(question), now + patience, now, {}, 0, 0})
      .first->second;
  send_question(key, pending);
  return key.second;
}

void PeerQuestions::send_question(const Key& key, const Pending& pending) {
  WireWriter out;
  out.byte(static_cast<std::uint8_t>(Word::ask));
  out.number(key.second);
  out.byte(static_cast<std::uint8_t>(pending.topic));
  out.text(pending.question);
  events_.emplace_back(Send{key.first, FrameKind::question, out.take()});
}

void PeerQuestions::send_more(const Key& key, Pending& pending, bool is_over) {
  WireWriter out;
  out.byte(static_cast<std::uint8_t>(is_over ? Word::over : Word::more));
  out.number(key.second);
  out.number(pending.first_missing);
  pending.asked_to = pending.first_missing + pieces_ahead;
  events_.emplace_back(Send{key.first, FrameKind::question, out.take()});
}

void PeerQuestions::answer(
  const std::string& peer, std::uint64_t number, std::string bytes, Instant now) {
  const auto at = kept_.find({peer, number});
  if (at == kept_.end()) return;
  if (bytes.size() > answer_bytes_max) {
    kept_.erase(at);
    return;
  }
  at->second = {std::move(bytes), now + kept};
  send_pieces(at->first, at->second, 0);
  // Where it is lost, it is asked for again as a whole.
  if (pieces_of(at->second.bytes->size()) == 1) kept_.erase(at);
}

void PeerQuestions::send_pieces(const Key& key, const Kept& answer, std::size_t from) {
  const std::string_view bytes{*answer.bytes};
  const auto count = pieces_of(bytes.size());
  for (auto i = from; i < std::min(count, from + pieces_ahead); ++i) {
    WireWriter out;
    out.number(key.second);
    out.number(i);
    out.number(count);
    out.text(bytes.substr(i * piece_bytes, piece_bytes));
    events_.emplace_back(Send{key.first, FrameKind::answer, out.take()});
  }
}

void PeerQuestions::heard(
  const std::string& peer, FrameKind kind, std::string_view bytes, Instant now) {
  if (kind == FrameKind::question) hear_question(peer, bytes, now);
  if (kind == FrameKind::answer) hear_piece(peer, bytes, now);
}

void PeerQuestions::hear_question(const std::string& peer, std::string_view bytes, Instant now) {
  WireReader reader{bytes};
  const auto word = static_cast<Word>(reader.byte());
  const Key key{peer, reader.number()};
  const auto at = kept_.find(key);
  if (word == Word::ask) {
    const auto topic = static_cast<PeerTopic>(reader.byte());
    const auto question = reader.text(question_bytes_max);
    if (!reader.at_end()) return;
    if (at != kept_.end()) { // said twice
      if (at->second.bytes) send_pieces(key, at->second, 0);
      return;
    }
    const auto from_there =
      std::ranges::count_if(kept_, [&](const auto& one) { return one.first.first == peer; });
    if (static_cast<std::size_t>(from_there) >= kept_max) return;
    kept_.emplace(key, Kept{std::nullopt, now + kept});
    events_.emplace_back(Asked{peer, key.second, topic, std::string{question}});
    return;
  }
  const auto from = reader.number(pieces_max);
  if (!reader.at_end() || at == kept_.end()) return;
  if (word == Word::over) {
    kept_.erase(at);
  } else if (word == Word::more && at->second.bytes) {
    at->second.until = now + kept;
    send_pieces(key, at->second, from);
  }
}

void PeerQuestions::hear_piece(const std::string& peer, std::string_view bytes, Instant now) {
  WireReader reader{bytes};
  const auto at = pending_.find({peer, reader.number()});
  const auto index = reader.number(pieces_max);
  const auto count = reader.number(pieces_max);
  const auto piece = reader.text(piece_bytes);
  if (!reader.at_end() || index >= count || at == pending_.end()) return;
  auto& pieces = at->second.pieces;
  if (pieces.empty()) {
    pieces.resize(count);
    at->second.asked_to = pieces_ahead;
  }
  if (pieces.size() == count) take_piece(at, index, piece, now);
}

void PeerQuestions::take_piece(
  Pendings::iterator at, std::size_t index, std::string_view piece, Instant now) {
  auto& [key, pending] = *at;
  auto& pieces = pending.pieces;
  if (pieces[index]) return;
  pieces[index] = piece;
  pending.news_at = now;
  auto& missing = pending.first_missing;
  while (missing < pieces.size() && pieces[missing]) ++missing;
  if (missing < pieces.size()) {
    if (missing >= pending.asked_to) send_more(key, pending, false);
    return;
  }
  if (pieces.size() > 1) send_more(key, pending, true);
  std::string answer;
  for (const auto& one : pieces) answer += *one;
  events_.emplace_back(Told{key.second, std::move(answer)});
  pending_.erase(at);
}

void PeerQuestions::down(const std::string& peer) {
  for (auto at = pending_.begin(); at != pending_.end();) {
    if (at->first.first != peer) {
      ++at;
      continue;
    }
    events_.emplace_back(Told{at->first.second, std::nullopt});
    at = pending_.erase(at);
  }
  std::erase_if(kept_, [&](const auto& one) { return one.first.first == peer; });
}

void PeerQuestions::tick(Instant now) {
  for (auto at = pending_.begin(); at != pending_.end();) {
    auto& [key, pending] = *at;
    if (now >= pending.until) {
      events_.emplace_back(Told{key.second, std::nullopt});
      at = pending_.erase(at);
      continue;
    }
    if (now - pending.news_at >= again) {
      pending.news_at = now;
      if (pending.pieces.empty())
        send_question(key, pending);
      else
        send_more(key, pending, false);
    }
    ++at;
  }
  // What is still being made is waited for by its asker, and by nobody else.
  std::erase_if(kept_, [&](const auto& one) { return now >= one.second.until; });
}

} // namespace gateway
