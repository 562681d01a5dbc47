#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

enum class DemoRole : std::uint8_t { system, user, assistant, tool };

/// What the simulated model sees of one message.
struct DemoTurn {
  DemoRole role = DemoRole::user;
  std::string text;
  std::int64_t images = 0;
};

struct DemoTool {
  std::string name;
  std::string schema; // JSON text of its parameters, an object
};

enum class DemoToolChoice : std::uint8_t { automatic, none, required };

/// What a client wants of a simulated provider, whatever the dialect it said it in.
struct DemoRequest {
  std::string model;
  bool embeddings = false;
  std::int64_t input_tokens = 0;

  std::vector<DemoTurn> turns;
  std::vector<DemoTool> tools;
  DemoToolChoice tool_choice = DemoToolChoice::automatic;
  std::string tool_wanted; // the one that must be called, if `required` names one
  bool parallel_tools = true;
  bool json = false;       // the answer must be a JSON object…
  std::string json_schema; // …of this schema, if not empty
  bool reasoning = false;
  std::vector<std::string> stops;
  std::int64_t max_tokens = 0; // 0: not said
  bool stream = false;
  bool usage_in_stream = false;

  std::vector<std::string> inputs; // embeddings
  std::int64_t dimensions = 0;     // 0: not said
  bool base64 = false;
  bool batch = false; // gemini: many embeddings in one answer
};

} // namespace gateway
