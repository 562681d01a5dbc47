#pragma once

#include "net/base/time.hpp"
#include "net/demo/answer.hpp"
#include "net/demo/faults.hpp"
#include "net/demo/limiter.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

/// One simulated provider: what it speaks, offers, allows and how it behaves.
struct DemoSettings {
  std::string name = "demo";
  std::string dialect = "openai"; // or azure, mistral, anthropic, gemini, cohere, ollama, bedrock
  std::vector<std::string> models{"demo-small", "demo-large", "demo-embed"};
  std::string key; // the one that opens it; empty: any that is not empty
  std::vector<DemoRule> rules;
  std::int64_t concurrency = 0;    // requests at a time; 0: any number
  bool counts_reserved = false;    // charges `max_tokens` at arrival instead of what it will say
  std::int64_t context_window = 0; // tokens; 0: endless
  Milliseconds latency{0};         // before the first byte
  double tokens_per_second = 0;    // 0: as fast as they can be written
  DemoManner manner;
  DemoFaultOrder fault;
};

/// Models whose name holds "embed" make embeddings, all others chat.
bool is_demo_embedding_model(const std::string& model) noexcept;

} // namespace gateway
