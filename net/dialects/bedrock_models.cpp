#include "net/dialects/bedrock.hpp"

#include <algorithm>
#include <array>

namespace gateway {
namespace {

using enum BedrockModel::Feature;
using Schema = BedrockModel::Schema;
using Effort = BedrockModel::Effort;

/// The first row whose part is in the id counts, so that narrower ones stand first.
constexpr std::array models{
  BedrockModel{"nova-2", Schema::forced_tool, Effort::nova, system | forced_tool | cache},
  BedrockModel{"amazon.nova", Schema::forced_tool, Effort::none, system | forced_tool | cache},
  BedrockModel{"openai.gpt-oss", Schema::text_format, Effort::flat, system | strict_tools},
  BedrockModel{"openai.", Schema::text_format, Effort::nested, system | strict_tools},
  BedrockModel{
    "mistral.mistral-large", Schema::forced_tool, Effort::none, system | forced_tool | short_ids},
  BedrockModel{"mistral.mistral-7b", Schema::none, Effort::none, short_ids},
  BedrockModel{"mistral.mixtral", Schema::none, Effort::none, short_ids},
  BedrockModel{"mistral.", Schema::text_format, Effort::none, system | strict_tools | short_ids},
  BedrockModel{"amazon.titan-text", Schema::none, Effort::none, 0},
  BedrockModel{"meta.llama", Schema::none, Effort::none, system},
  BedrockModel{"cohere.command", Schema::none, Effort::none, system},
  BedrockModel{"ai21.", Schema::none, Effort::none, system},
  // One that is newer than this table, or whose id is a profile's number.
  BedrockModel{"", Schema::text_format, Effort::none, system | strict_tools},
};

/// Claudes that Bedrock holds to a schema. Newer ones it doesn't, although their maker does.
constexpr std::array<std::string_view, 3> constrained{"-4-6", "-4-5", "opus-4-1"};

BedrockModel model_of(const ClaudeModel& claude, std::string_view id) noexcept {
  BedrockModel model{"claude", Schema::none, Effort::claude, system | cache, &claude};
  if (claude.takes(ClaudeModel::forced_tool)) {
    model.features |= forced_tool;
    model.schema = Schema::forced_tool;
  }
  if (std::ranges::any_of(
        constrained, [&](std::string_view part) { return id.find(part) != id.npos; })) {
    model.features |= strict_tools;
    model.schema = Schema::output_config;
  }
  return model;
}

} // namespace

BedrockModel bedrock_model(std::string_view id) noexcept {
  if (id.find("claude") != id.npos) return model_of(claude_model(id), id);
  for (const auto& model : models)
    if (id.find(model.id_part) != id.npos) return model;
  return models.back();
}

} // namespace gateway
