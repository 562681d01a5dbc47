#pragma once

#include "net/demo/voice.hpp"

#include <span>
#include <string>
#include <vector>

namespace gateway {

/// A dialect near OpenAI's: what it does not say in words of its own, it says in OpenAI's.
class NearOpenAiVoice : public DemoVoice {
public:
  std::string write_embeddings(const DemoRequest& request, bool with_usage) const override {
    return openai_.write_embeddings(request, with_usage);
  }
  std::string write_token_count(std::int64_t tokens) const override {
    return openai_.write_token_count(tokens);
  }
  std::string write_models(std::span<const std::string> models) const override {
    return openai_.write_models(models);
  }
  std::string write_model(const std::string& model) const override {
    return openai_.write_model(model);
  }
  std::string write_stream_error() const override { return openai_.write_stream_error(); }

protected:
  const DemoVoice& openai_ = openai_demo_voice();
};

} // namespace gateway
