#include "net/dialects/answer_parts.hpp"

#include "net/base/json_text.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>

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

std::string make_answer_id(std::string_view prefix) {
  // Microseconds since a start no two processes share, made different by a count.
  static const auto begun = std::chrono::system_clock::now().time_since_epoch().count();
  static std::atomic<std::uint64_t> count{0};
  std::string id{prefix};
  append_number(id, begun);
  id += '-';
  append_number(id, count.fetch_add(1, std::memory_order_relaxed));
  return id;
}

} // namespace gateway
