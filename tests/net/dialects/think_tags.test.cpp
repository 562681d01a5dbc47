#include "net/dialects/think_tags.hpp"

#include <catch2/catch.hpp>

using namespace gateway;

namespace {

/// The pieces, those of a kind joined: "thoughts|text".
std::string read(const std::vector<std::string_view>& pieces) {
  ThinkTags tags;
  std::vector<ThinkTags::Piece> read;
  for (const auto piece : pieces) tags.feed(piece, read);
  tags.finish(read);
  std::string thoughts;
  std::string text;
  for (const auto& piece : read)
    (piece.kind == Block::Kind::reasoning ? thoughts : text) += piece.text;
  return thoughts + "|" + text;
}

} // namespace

TEST_CASE("thoughts in tags are told apart, wherever the text is cut", "[dialects][openai]") {
  struct Row {
    const char* when;
    std::string text;
    const char* read;
  };
  const auto row = GENERATE(
    Row{"thoughts and an answer", "<think>a < b</think>\n\nYes <b>", "a < b|Yes <b>"},
    Row{"white space first", "\n <think>a</think>b", "a|b"},
    Row{"no thoughts", "Yes", "|Yes"},
    Row{"no thoughts but white space", " \nYes", "| \nYes"},
    Row{"a tag that is none", "<thin>x", "|<thin>x"},
    Row{"a tag in the middle", "Use <think> tags </think>", "|Use <think> tags </think>"},
    Row{"a closing tag that is none", "<think>a</thi b</think>c", "a</thi b|c"},
    Row{"thoughts without an end", "<think>a</thin", "a</thin|"},
    Row{"only a beginning", "<thi", "|<thi"},
    Row{"a second pair", "<think>a</think>b<think>c</think>", "a|b<think>c</think>"},
    Row{"empty thoughts", "<think></think>b", "|b"},
    Row{"nothing", "", "|"});
  CAPTURE(row.when);
  const std::string_view text{row.text};
  std::vector<std::string_view> bytes;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    CHECK(read({text.substr(0, cut), text.substr(cut)}) == row.read);
    if (cut < text.size()) bytes.push_back(text.substr(cut, 1));
  }
  CHECK(read(bytes) == row.read);
}
