#include "net/dialects/gemini.hpp"

#include <charconv>

namespace gateway {
namespace {

constexpr int newest = 1000;

/// 25 of "gemini-2.5-flash", 30 of "gemini-3-pro"; the newest where the id names none, as
/// "gemini-flash-latest" does.
int generation_of(std::string_view id) noexcept {
  constexpr std::string_view family = "gemini-";
  const auto at = id.find(family);
  if (at == id.npos) return newest;
  id.remove_prefix(at + family.size());
  unsigned major = 0;
  const auto [end, fault] = std::from_chars(id.data(), id.data() + id.size(), major);
  if (fault != std::errc{} || major > 99) return newest;
  id.remove_prefix(static_cast<std::size_t>(end - id.data()));
  const auto minor =
    id.size() > 1 && id[0] == '.' && id[1] >= '0' && id[1] <= '9' ? id[1] - '0' : 0;
  return static_cast<int>(major) * 10 + minor;
}

} // namespace

GeminiModel gemini_model(std::string_view id) noexcept {
  using Thinking = GeminiModel::Thinking;
  GeminiModel model;
  model.is_pro = id.find("pro") != id.npos;
  if (id.find("gemma") != id.npos) {
    model.thinking = Thinking::none;
    model.system_instruction = false;
    model.signatures = false;
    return model;
  }
  const auto generation = generation_of(id);
  if (generation < 30) model.thinking = generation < 25 ? Thinking::none : Thinking::budget;
  model.json_schema = generation >= 25;
  model.web_urls = generation >= 25;
  model.schema_with_tools = generation >= 30;
  model.signatures = generation >= 30;
  return model;
}

} // namespace gateway
