#include "net/dialects/event_writer.hpp"

#include "net/base/json_text.hpp"
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

} // namespace

void EventWriter::write(const StreamEvent& event, std::string& out) {
  using Kind = StreamEvent::Kind;
  switch (event.kind) {
  case Kind::start:
    if (!event.id.empty()) identity_.id = event.id;
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

void EventWriter::write_usage(const Usage& usage, std::string& out) const {
  begin_chunk(out);
  out += R"("choices":[],"usage":)";
  append_openai_usage(out, usage);
  out += "}\n\n";
}

void EventWriter::begin_chunk(std::string& out) const {
  out += R"(data: {"id":)";
  append_json_string(out, identity_.id);
  out += R"(,"object":"chat.completion.chunk","created":)";
  append_number(out, identity_.created);
  out += R"(,"model":)";
  append_json_string(out, model_);
  out += ',';
}

void EventWriter::begin_delta(std::int64_t choice, std::string& out) const {
  begin_chunk(out);
  out += R"("choices":[{"index":)";
  append_number(out, choice);
  out += R"(,"delta":{)";
}

void EventWriter::end_delta(
  std::string_view logprobs, std::string_view finish, std::string& out) const {
  out += R"(},"logprobs":)";
  out += logprobs.empty() ? "null" : logprobs;
  out += R"(,"finish_reason":)";
  if (finish.empty())
    out += "null";
  else
    append_json_string(out, finish);
  out += identity_.usage_follows ? "}],\"usage\":null}\n\n" : "}]}\n\n";
}

void EventWriter::write_role(std::int64_t choice, std::string& out) {
  if (std::ranges::find(begun_, choice) != begun_.end()) return;
  begun_.push_back(choice);
  begin_delta(choice, out);
  out += R"("role":"assistant","content":"","refusal":null)";
  end_delta("", "", out);
}

void EventWriter::write_piece(const StreamEvent& event, std::string& out) {
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

void EventWriter::write_call(const StreamEvent& event, std::string& out) {
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
void EventWriter::write_signature(const StreamEvent& event, std::string& out) {
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

void EventWriter::write_redacted(const StreamEvent& event, std::string& out) {
  write_role(event.choice, out);
  begin_delta(event.choice, out);
  out += R"("thinking_blocks":[{"type":"redacted_thinking","data":)";
  end_thinking(event, out);
  end_delta("", "", out);
}

void EventWriter::end_thinking(const StreamEvent& event, std::string& out) const {
  append_json_string(out, event.text);
  if (identity_.dialect != "anthropic") {
    out += R"(,"origin":)";
    append_json_string(out, identity_.dialect);
  }
  out += "}]";
}

std::int64_t EventWriter::call_number(const StreamEvent& event) const {
  const auto found = std::ranges::find_if(calls_, [&](const CallBlock& one) {
    return one.choice == event.choice && one.block == event.block;
  });
  return found == calls_.end() ? 0 : found->call;
}

} // namespace gateway
