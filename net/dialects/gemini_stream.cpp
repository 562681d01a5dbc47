#include "net/dialects/failure_class.hpp"
#include "net/dialects/gemini.hpp"
#include "net/dialects/sse_lines.hpp"

#include <nlohmann/json.hpp>

#include <map>

namespace gateway {
namespace {

/// Reads fragments of one answer, which has no end marker (section 4). Reasons to finish are
/// passed on at the end: only then is it known whether a function was called.
class GeminiReader final : public EventReader {
public:
  void feed(std::string_view bytes, std::vector<StreamEvent>& events) override {
    if (failed_) return;
    lines_.feed(bytes);
    read(events);
  }

  void finish(std::vector<StreamEvent>& events) override {
    if (failed_) return;
    lines_.finish();
    read(events);
    if (failed_) return;
    // An error may come as bare JSON, before the stream or within it.
    if (const auto stray = parse_json(lines_.stray()))
      if (const auto* error = gemini_error_in(*stray))
        return fail_with(classify_gemini(200, {}, error), events);
    finish_candidates(events);
  }

private:
  struct Candidate {
    std::int64_t blocks = 0; // begun so far
    bool open = false;       // the last one is, and takes more of `kind`
    Block::Kind kind = Block::Kind::text;
    CallIds ids;
    bool has_calls = false;
    bool has_content = false;
    std::string reason; // to finish
  };

  void read(std::vector<StreamEvent>& events) {
    while (!failed_) {
      const auto event = lines_.next();
      if (!event) break;
      const auto json = parse_json(event->data);
      if (!json || !json->is_structured()) return fail_with(invalid(), events);
      if (const auto* error = gemini_error_in(*json))
        return fail_with(classify_gemini(200, {}, error), events);
      take(*json, events);
    }
    if (lines_.overflowed() && !failed_) fail_with(invalid(), events);
  }

  void take(const Json& json, std::vector<StreamEvent>& events) {
    if (!started_) {
      started_ = true;
      response_id_ = text_at(json, "responseId");
      auto& event = push(events, StreamEvent::Kind::start, 0);
      event.id = gemini_answer_id(response_id_);
      event.name = text_at(json, "modelVersion");
    }
    if (const auto* feedback = object_at(json, "promptFeedback"))
      blocked_ = blocked_ || !text_at(*feedback, "blockReason").empty();
    std::int64_t position = 0;
    for (const auto& candidate : items_at(json, "candidates")) {
      const auto index = count_at(candidate, "index").value_or(position++);
      if (index >= gemini_choices_max) return fail_with(invalid(), events);
      take_candidate(index, candidate, events);
    }
    if (const auto* usage = object_at(json, "usageMetadata"))
      push(events, StreamEvent::Kind::usage, 0).usage = read_gemini_usage(*usage);
  }

  void take_candidate(std::int64_t index, const Json& json, std::vector<StreamEvent>& events) {
    auto& candidate = candidates_[index];
    auto logprobs = read_gemini_logprobs(json);
    if (const auto* content = object_at(json, "content"))
      for (const auto& part : items_at(*content, "parts"))
        if (auto block = read_gemini_part(part))
          take_block(index, candidate, *std::move(block), logprobs, events);
    if (const auto reason = text_at(json, "finishReason"); !reason.empty())
      candidate.reason = reason;
  }

  void take_block(
    std::int64_t index,
    Candidate& candidate,
    Block block,
    std::string& logprobs,
    std::vector<StreamEvent>& events) {
    if (block.kind == Block::Kind::tool_call) {
      candidate.has_content = candidate.has_calls = true;
      candidate.ids.take(block, response_id_, index);
      auto& begun = begin(index, candidate, block.kind, events);
      begun.id = std::move(block.id);
      begun.name = std::move(block.name);
      // First, as some formats of clients tell it before the call.
      if (!block.signature.empty())
        push_in(index, candidate, StreamEvent::Kind::signature, events).text =
          std::move(block.signature);
      push_in(index, candidate, StreamEvent::Kind::block_delta, events).text =
        std::move(block.arguments);
      close(index, candidate, events);
    } else if (block.kind == Block::Kind::image) {
      candidate.has_content = true; // which no event can carry
    } else if (!block.text.empty()) {
      candidate.has_content = true;
      if (!candidate.open || candidate.kind != block.kind)
        begin(index, candidate, block.kind, events);
      auto& delta = push_in(index, candidate, StreamEvent::Kind::block_delta, events);
      delta.text = std::move(block.text);
      if (block.kind == Block::Kind::text) delta.logprobs = std::exchange(logprobs, {});
    }
  }

  void finish_candidates(std::vector<StreamEvent>& events) {
    for (auto& [index, candidate] : candidates_) close(index, candidate, events);
    for (const auto& [index, candidate] : candidates_) {
      const auto finish = read_gemini_finish(candidate.reason, candidate.has_calls);
      if (candidate.reason.empty() || (finish.needs_content && !candidate.has_content))
        return fail_with(invalid(), events);
    }
    if (candidates_.empty()) {
      if (!blocked_) return fail_with(invalid(), events);
      push(events, StreamEvent::Kind::finish, 0).finish = FinishReason::content_filter;
    }
    for (const auto& [index, candidate] : candidates_)
      push(events, StreamEvent::Kind::finish, index).finish =
        read_gemini_finish(candidate.reason, candidate.has_calls).reason;
    push(events, StreamEvent::Kind::end, 0);
  }

  StreamEvent& begin(
    std::int64_t index, Candidate& candidate, Block::Kind kind, std::vector<StreamEvent>& events) {
    close(index, candidate, events);
    candidate.open = true;
    candidate.kind = kind;
    ++candidate.blocks;
    return push_in(index, candidate, StreamEvent::Kind::block_start, events);
  }

  void close(std::int64_t index, Candidate& candidate, std::vector<StreamEvent>& events) {
    if (!candidate.open) return;
    push_in(index, candidate, StreamEvent::Kind::block_stop, events);
    candidate.open = false;
  }

  /// An event of the candidate's last block.
  StreamEvent& push_in(
    std::int64_t index,
    const Candidate& candidate,
    StreamEvent::Kind kind,
    std::vector<StreamEvent>& events) {
    auto& event = push(events, kind, index);
    event.block = candidate.blocks - 1;
    event.block_kind = candidate.kind;
    return event;
  }

  static StreamEvent&
  push(std::vector<StreamEvent>& events, StreamEvent::Kind kind, std::int64_t choice) {
    auto& event = events.emplace_back();
    event.kind = kind;
    event.choice = choice;
    return event;
  }

  static Failure invalid() { return make_failure(FailureKind::invalid_answer, 200); }

  void fail_with(Failure failure, std::vector<StreamEvent>& events) {
    failed_ = true;
    push(events, StreamEvent::Kind::error, 0).failure = std::move(failure);
  }

  SseLines lines_;
  std::map<std::int64_t, Candidate> candidates_; // by index, at most gemini_choices_max
  std::string response_id_;
  bool started_ = false;
  bool blocked_ = false; // the prompt was
  bool failed_ = false;
};

} // namespace

std::unique_ptr<EventReader> make_gemini_reader() {
  return std::make_unique<GeminiReader>();
}

} // namespace gateway
