#pragma once

#include "net/demo/request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

enum class DemoFinish : std::uint8_t { stop, stop_sequence, length, tool_calls };

struct DemoToolCall {
  std::string id; // without a dialect's prefix
  std::string name;
  std::string arguments; // JSON text of an object
};

/// What the simulated model says, before a dialect puts it on the wire. Pieces are whole tokens.
struct DemoAnswer {
  std::string id; // without a dialect's prefix
  std::string model;
  std::int64_t created = 0; // Unix seconds; whoever sends the answer says when
  std::vector<std::string> reasoning;
  std::vector<std::string> text;
  std::vector<DemoToolCall> calls;
  DemoFinish finish = DemoFinish::stop;
  std::string stop_sequence; // the one that ended it
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0; // reasoning included
  std::int64_t reasoning_tokens = 0;
};

/// How a simulated model talks, apart from what it is asked.
struct DemoManner {
  std::uint64_t seed = 0;
  std::size_t reply_bytes = 0; // the least an unprompted answer holds; 0: some short sentences
};

/// The longest answer there is, whatever `max_tokens` says.
constexpr std::int64_t demo_answer_tokens_max = 65'536;

/// The same answer for the same request and seed. What the last user message begins with decides:
/// `echo: X` says X, `count to N` counts, `describe the request` says as JSON what arrived, and
/// `call the tool` (or `tools`, for all of them) calls what was offered, with the JSON object that
/// follows as arguments, if there is one. Else: made-up sentences.
DemoAnswer compose_answer(const DemoRequest& request, const DemoManner& manner, std::string id);

/// A unit vector made from the text; `dimensions` of 0 means 64.
std::vector<float> demo_embedding(const std::string& text, std::int64_t dimensions);

} // namespace gateway
