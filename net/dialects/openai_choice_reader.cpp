#include "net/dialects/openai_choice_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace gateway {

bool OpenAiChoiceReader::take(const Json& choice, std::vector<StreamEvent>& events) {
  if (finished_) return true; // some repeat the finish chunk, with the usage
  if (const auto* delta = object_at(choice, "delta")) {
    const auto* logprobs = member(choice, "logprobs");
    logprobs_ = logprobs ? json_text(*logprobs) : "";
    auto reasoning = text_at(*delta, "reasoning_content");
    if (reasoning.empty()) reasoning = text_at(*delta, "reasoning");
    add_text(Block::Kind::reasoning, reasoning, events);
    if (const auto* content = member(*delta, "content")) add_content(*content, events);
    add_text(Block::Kind::refusal, text_at(*delta, "refusal"), events);
    const auto calls = items_at(*delta, "tool_calls");
    for (std::size_t i = 0; i < calls.size(); ++i) {
      auto* call = call_of(calls[i], i, calls.size() == 1);
      if (call == nullptr) return false;
      add_call(*call, calls[i], events);
    }
  }
  const auto reason = text_at(choice, "finish_reason");
  const auto finish = read_openai_finish(reason);
  if (finish == FinishReason::none) return true;
  stop(events);
  finished_ = true;
  auto& event = events.emplace_back();
  event.kind = StreamEvent::Kind::finish;
  event.choice = index_;
  event.finish = finish;
  return true;
}

void OpenAiChoiceReader::stop(std::vector<StreamEvent>& events) {
  if (think_tags_) {
    std::vector<ThinkTags::Piece> pieces;
    tags_.finish(pieces);
    for (const auto& piece : pieces) add_text(piece.kind, piece.text, events);
  }
  close_text(events);
  for (auto& call : calls_)
    if (call.block >= 0)
      push(events, StreamEvent::Kind::block_stop, call.block, Block::Kind::tool_call);
}

StreamEvent& OpenAiChoiceReader::push(
  std::vector<StreamEvent>& events,
  StreamEvent::Kind kind,
  std::int64_t block,
  Block::Kind block_kind) {
  auto& event = events.emplace_back();
  event.kind = kind;
  event.choice = index_;
  event.block = block;
  event.block_kind = block_kind;
  return event;
}

void OpenAiChoiceReader::add_text(
  Block::Kind kind, std::string_view text, std::vector<StreamEvent>& events) {
  if (text.empty()) return;
  if (open_text_ >= 0 && open_kind_ != kind) close_text(events);
  if (open_text_ < 0) {
    open_text_ = blocks_++;
    open_kind_ = kind;
    push(events, StreamEvent::Kind::block_start, open_text_, kind);
  }
  auto& event = push(events, StreamEvent::Kind::block_delta, open_text_, kind);
  event.text = text;
  event.logprobs = std::exchange(logprobs_, {});
}

void OpenAiChoiceReader::add_content(const Json& content, std::vector<StreamEvent>& events) {
  if (content.is_array()) { // Mistral: parts, of which some are thoughts
    for (const auto& part : content) {
      if (text_at(part, "type") != "thinking") {
        add_text(Block::Kind::text, text_at(part, "text"), events);
        continue;
      }
      for (const auto& piece : items_at(part, "thinking"))
        add_text(Block::Kind::reasoning, text_at(piece, "text"), events);
    }
    return;
  }
  if (!think_tags_) return add_text(Block::Kind::text, text_of(content), events);
  std::vector<ThinkTags::Piece> pieces;
  tags_.feed(text_of(content), pieces);
  for (const auto& piece : pieces) add_text(piece.kind, piece.text, events);
}

void OpenAiChoiceReader::close_text(std::vector<StreamEvent>& events) {
  if (open_text_ < 0) return;
  push(events, StreamEvent::Kind::block_stop, open_text_, open_kind_);
  open_text_ = -1;
}

/// Which call a piece belongs to. Some vendors give no index, some give every call the index 0 and
/// an id of its own, some repeat the id in every piece.
OpenAiChoiceReader::Call*
OpenAiChoiceReader::call_of(const Json& piece, std::size_t position, bool alone) {
  const auto index = count_at(piece, "index").value_or(-1);
  const auto id = text_at(piece, "id");
  const auto belongs = [&](const Call& call) {
    const bool other_id = !id.empty() && !call.id.empty() && call.id != id;
    if (other_id) return false;
    return index >= 0 ? call.index == index : !id.empty() && call.id == id;
  };
  // The last one that fits: with equal indices, the one under way.
  const auto found = std::find_if(calls_.rbegin(), calls_.rend(), belongs);
  if (found != calls_.rend()) return &*found;
  if (index < 0 && id.empty() && !calls_.empty()) {
    if (alone) return &calls_.back();
    if (position < calls_.size()) return &calls_[position];
  }
  if (calls_.size() == stream_calls_max) return nullptr;
  auto& made = calls_.emplace_back();
  made.index = index;
  return &made;
}

void OpenAiChoiceReader::add_call(Call& call, const Json& piece, std::vector<StreamEvent>& events) {
  if (call.id.empty()) call.id = text_at(piece, "id");
  const auto* function = object_at(piece, "function");
  std::string arguments;
  if (function != nullptr) {
    if (call.name.empty()) call.name = text_at(*function, "name"); // repeated by some: never twice
    if (const auto* given = member(*function, "arguments"))
      arguments = given->is_string() ? std::string{text_of(*given)} : json_text(*given);
  }
  call.early += arguments;
  if (call.name.empty()) return;
  if (call.block < 0) {
    close_text(events);
    call.block = blocks_++;
    auto& event = push(events, StreamEvent::Kind::block_start, call.block, Block::Kind::tool_call);
    if (call.id.empty())
      call.id = "call_" + std::to_string(index_) + "_" + std::to_string(call.block);
    event.id = call.id;
    event.name = call.name;
  }
  if (const auto* extra = object_at(piece, "extra_content"))
    if (const auto* google = object_at(*extra, "google"))
      if (const auto signature = text_at(*google, "thought_signature"); !signature.empty())
        push(events, StreamEvent::Kind::signature, call.block, Block::Kind::tool_call).text =
          signature;
  if (call.early.empty()) return;
  push(events, StreamEvent::Kind::block_delta, call.block, Block::Kind::tool_call).text =
    std::exchange(call.early, {});
}

} // namespace gateway
