#pragma once

#include "net/unified/chat.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Takes `<think>…</think>` at the front of an answer's text apart from what follows, whatever
/// pieces the text comes in: models whose server does not (openai-compatible.md, section 3).
class ThinkTags {
public:
  struct Piece {
    Block::Kind kind; // text or reasoning
    std::string text;
  };

  /// Appends what is certain by now; a piece that could be a tag's beginning is kept back.
  void feed(std::string_view text, std::vector<Piece>& pieces);
  /// The text is over: appends what was kept back.
  void finish(std::vector<Piece>& pieces);

private:
  enum class State { before, thinking, behind, text };
  State state_ = State::before;
  std::string kept_;
};

} // namespace gateway
