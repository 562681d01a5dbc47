#include "net/dialects/claude.hpp"

#include <array>

namespace gateway {
namespace {

using enum ClaudeModel::Thinking;
using enum ClaudeModel::Feature;

constexpr unsigned old = sampling | both_sampling | thinking_off | forced_tool | assistant_last;

/// The first row whose part is in the id counts, so that narrower ones stand first.
constexpr std::array models{
  ClaudeModel{"sonnet-5-5", 128'000, adaptive, between_tools | json_schema},
  ClaudeModel{"opus-5-5", 128'000, adaptive, json_schema},
  ClaudeModel{"haiku-5-5", 128'000, adaptive, thinking_off | forced_tool | json_schema},
  ClaudeModel{"fable-5-1", 128'000, adaptive, json_schema},
  ClaudeModel{"fable-5", 128'000, adaptive, forced_tool | json_schema},
  ClaudeModel{"opus-5", 128'000, adaptive, thinking_off | forced_tool | json_schema},
  ClaudeModel{"sonnet-5", 128'000, adaptive, thinking_off | forced_tool | json_schema},
  ClaudeModel{"opus-4-8", 128'000, adaptive, thinking_off | forced_tool | json_schema},
  ClaudeModel{"opus-4-7", 128'000, adaptive, thinking_off | forced_tool | json_schema},
  ClaudeModel{"opus-4-6", 128'000, adaptive, sampling | thinking_off | forced_tool | json_schema},
  ClaudeModel{"sonnet-4-6", 128'000, adaptive, sampling | thinking_off | forced_tool | json_schema},
  ClaudeModel{"-4-5", 64'000, budget, (old & ~both_sampling) | json_schema},
  ClaudeModel{"opus-4-1", 32'000, budget, old | json_schema},
  ClaudeModel{"sonnet-4", 64'000, budget, old},
  ClaudeModel{"opus-4", 32'000, budget, old},
  ClaudeModel{"claude-3-7", 8'192, budget, old},
  ClaudeModel{"claude-3-5", 8'192, none, old},
  ClaudeModel{"claude-3", 4'096, none, old},
  ClaudeModel{"claude-2", 4'096, none, old},
  ClaudeModel{"claude-instant", 4'096, none, old},
  // One that is newer than this table.
  ClaudeModel{"claude", 128'000, adaptive, forced_tool | json_schema},
  // Another vendor's model behind the same API.
  ClaudeModel{"", 0, budget, old},
};

} // namespace

const ClaudeModel& claude_model(std::string_view id) noexcept {
  for (const auto& model : models)
    if (id.find(model.id_part) != id.npos) return model;
  return models.back();
}

} // namespace gateway
