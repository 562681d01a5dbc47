#include "net/dialects/answer_parts.hpp"

#include <nlohmann/json.hpp>

namespace gateway {

void add_text(std::vector<Block>& blocks, Block::Kind kind, std::string_view text) {
  if (text.empty()) return;
  auto& block = blocks.emplace_back();
  block.kind = kind;
  block.text = text;
}

Json bytes_of(std::string_view token) {
  Json bytes = Json::array();
  for (const auto c : token) bytes.push_back(static_cast<unsigned char>(c));
  return bytes;
}

} // namespace gateway
