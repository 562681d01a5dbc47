#include "net/base/json_text.hpp"
#include "net/base/time.hpp"
#include "net/dialects/answer_parts.hpp"
#include "net/dialects/openai.hpp"

#include <algorithm>

namespace gateway {
namespace {

std::string_view delta_field(Block::Kind kind) noexcept {
  switch (kind) {
  case Block::Kind::reasoning: return R"("reasoning_content":)";
  case Block::Kind::refusal: return R"("refusal":)";
  default: return R"("content":)";
  }
}

/// Unified events as OpenAI's chunks, each a whole server-sent event (openai.md, section 4): per
/// choice the role first, then pieces, then the finish reason.
class OpenAiStreamWriter final : public StreamWriter {
public:
  OpenAiStreamWriter(std::string_view dialect, bool shows_usage)
      : id_(make_answer_id("chatcmpl-")), created_(milliseconds_since_epoch(wall_now()) / 1000),
        dialect_(dialect), shows_usage_(shows_usage) {}

  bool write(const StreamEvent& event, std::string& out) override {
    write_chunk(event, out);
    return true;
  }

  std::string ending(const Usage& usage) override {
    std::string end;
    if (shows_usage_) write_usage(usage, end);
    return end + "data: [DONE]\n\n";
  }

private:
  struct CallBlock {
    std::int64_t choice;
    std::int64_t block;
    std::int64_t call; // running number of the tool calls of a choice
  };

  void write_chunk(const StreamEvent& event, std::string& out);
  void write_usage(const Usage& usage, std::string& out) const;
  void begin_chunk(std::string& out) const;
  void begin_delta(std::int64_t choice, std::string& out) const;
  void end_delta(std::string_view logprobs, std::string_view finish, std::string& out) const;
  void write_role(std::int64_t choice, std::string& out);
  void write_piece(const StreamEvent& event, std::string& out);
  void write_call(const StreamEvent& event, std::string& out);
  void write_signature(const StreamEvent& event, std::string& out);
  void write_redacted(const StreamEvent& event, std::string& out);
  void end_thinking(const StreamEvent& event, std::string& out) const;
  std::int64_t call_number(const StreamEvent& event) const;

  std::string id_; // the provider's, where it names one
  std::int64_t created_ = 0;
  std::string_view dialect_; // whose signatures these are
  bool shows_usage_;         // then every chunk but the last one says `usage: null`
  std::string model_;
  std::vector<std::int64_t> begun_; // choices whose role was written
  std::vector<CallBlock> calls_;
};

void OpenAiStreamWriter::write_chunk(const StreamEvent& event, std::string& out) {
  using Kind = StreamEvent::Kind;
  switch (event.kind) {
  case Kind::start:
    if (!event.id.empty()) id_ = event.id;
    model_ = event.name;
    return;
  case Kind::block_start:
    write_role(event.choice, out);
    if (event.block_kind == Block::Kind::tool_call) write_call(event, out);
    return;
  case Kind::block_delta: write_role(event.choice, out); return write_piece(event, out);
  case Kind::signature: return write_signature(event, out);
  case Kind::redacted: return write_redacted(event, out);
  case Kind::finish:
    write_role(event.choice, out);
    begin_delta(event.choice, out);
    return end_delta("", openai_finish_text(event.finish), out);
  case Kind::block_stop:
  case Kind::usage:
  case Kind::error:
  case Kind::end: return;
  }
}

void OpenAiStreamWriter::write_usage(const Usage& usage, std::string& out) const {
  begin_chunk(out);
  out += R"("choices":[],"usage":)";
  append_openai_usage(out, usage);
  out += "}\n\n";
}

void OpenAiStreamWriter::begin_chunk(std::string& out) const {
  out += R"(data: {"id":)";
  append_json_string(out, id_);
  out += R"(,"object":"chat.completion.chunk","created":)";
  append_number(out, created_);
  out += R"(,"model":)";
  append_json_string(out, model_);
  out += ',';
}

void OpenAiStreamWriter::begin_delta(std::int64_t choice, std::string& out) const {
  begin_chunk(out);
  out += R"("choices":[{"index":)";
  append_number(out, choice);
  out += R"(,"delta":{)";
}

void OpenAiStreamWriter::end_delta(
  std::string_view logprobs, std::string_view finish, std::string& out) const {
  out += R"(},"logprobs":)";
  out += logprobs.empty() ? "null" : logprobs;
  out += R"(,"finish_reason":)";
  if (finish.empty())
    out += "null";
  else
    append_json_string(out, finish);
  out += shows_usage_ ? "}],\"usage\":null}\n\n" : "}]}\n\n";
}

void OpenAiStreamWriter::write_role(std::int64_t choice, std::string& out) {
  if (std::ranges::find(begun_, choice) != begun_.end()) return;
  begun_.push_back(choice);
  begin_delta(choice, out);
  out += R"("role":"assistant","content":"","refusal":null)";
  end_delta("", "", out);
}

void OpenAiStreamWriter::write_piece(const StreamEvent& event, std::string& out) {
  begin_delta(event.choice, out);
  if (event.block_kind == Block::Kind::tool_call) {
    out += R"("tool_calls":[{"index":)";
    append_number(out, call_number(event));
    out += R"(,"function":{"arguments":)";
    append_json_string(out, event.text);
    out += "}}]";
  } else {
    out += delta_field(event.block_kind);
    append_json_string(out, event.text);
  }
  end_delta(event.logprobs, "", out);
}

void OpenAiStreamWriter::write_call(const StreamEvent& event, std::string& out) {
  const auto before = std::ranges::count(calls_, event.choice, &CallBlock::choice);
  calls_.push_back({event.choice, event.block, static_cast<std::int64_t>(before)});
  begin_delta(event.choice, out);
  out += R"("tool_calls":[{"index":)";
  append_number(out, before);
  out += R"(,"id":)";
  append_json_string(out, event.id);
  out += R"(,"type":"function","function":{"name":)";
  append_json_string(out, event.name);
  out += R"(,"arguments":""}}])";
  end_delta("", "", out);
}

/// What a client must give back with the block: where Gemini's own compatible endpoint puts it for
/// calls, and in the form that is usual for thoughts.
void OpenAiStreamWriter::write_signature(const StreamEvent& event, std::string& out) {
  write_role(event.choice, out);
  begin_delta(event.choice, out);
  if (event.block_kind == Block::Kind::tool_call) {
    out += R"("tool_calls":[{"index":)";
    append_number(out, call_number(event));
    out += R"(,"extra_content":{"google":{"thought_signature":)";
    append_json_string(out, event.text);
    out += "}}}]";
  } else {
    out += R"("thinking_blocks":[{"type":"thinking","thinking":"","signature":)";
    end_thinking(event, out);
  }
  end_delta("", "", out);
}

void OpenAiStreamWriter::write_redacted(const StreamEvent& event, std::string& out) {
  write_role(event.choice, out);
  begin_delta(event.choice, out);
  out += R"("thinking_blocks":[{"type":"redacted_thinking","data":)";
  end_thinking(event, out);
  end_delta("", "", out);
}

void OpenAiStreamWriter::end_thinking(const StreamEvent& event, std::string& out) const {
  append_json_string(out, event.text);
  if (dialect_ != "anthropic") {
    out += R"(,"origin":)";
    append_json_string(out, dialect_);
  }
  out += "}]";
}

std::int64_t OpenAiStreamWriter::call_number(const StreamEvent& event) const {
  const auto found = std::ranges::find_if(calls_, [&](const CallBlock& one) {
    return one.choice == event.choice && one.block == event.block;
  });
  return found == calls_.end() ? 0 : found->call;
}

} // namespace

std::unique_ptr<StreamWriter>
make_openai_stream_writer(std::string_view dialect, bool shows_usage) {
  return std::make_unique<OpenAiStreamWriter>(dialect, shows_usage);
}

} // namespace gateway
