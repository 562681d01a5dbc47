#include "net/dialects/anthropic.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/sse_lines.hpp"

#include <nlohmann/json.hpp>

#include <map>

namespace gateway {
namespace {

/// Blocks that a stream may have open at a time; the API has one.
constexpr std::size_t open_blocks_max = 64;

/// Reads named events (section 5). Their type stands in the data too, which is what counts.
class AnthropicReader final : public EventReader {
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
    if (stopped_ && finished_) {
      push(events, StreamEvent::Kind::end);
    } else {
      // What is no event stream at all may be an error that came with a good status.
      const auto stray = parse_json_object(lines_.stray());
      fail_with(
        stray && member(*stray, "error") ? classify_anthropic(200, {}, &*stray) : invalid(),
        events);
    }
  }

private:
  struct Open {
    std::int64_t number = 0;
    Block::Kind kind = Block::Kind::text;
    bool is_call = false; // a tool call, or the answer that is written as one
    bool any = false;     // a piece came
    std::string input;    // what a tool call began with, if it did
  };

  void read(std::vector<StreamEvent>& events) {
    while (!failed_ && !stopped_) {
      const auto event = lines_.next();
      if (!event) break;
      if (const auto json = parse_json_object(event->data))
        take(*json, event->name, events);
      else
        fail_with(invalid(), events);
    }
    if (lines_.overflowed() && !failed_) fail_with(invalid(), events);
  }

  void take(const Json& json, std::string_view name, std::vector<StreamEvent>& events) {
    auto type = text_at(json, "type");
    if (type.empty()) type = name;
    if (type == "error" || (type.empty() && member(json, "error"))) {
      fail_with(classify_anthropic(200, {}, &json), events);
    } else if (type == "message_start") {
      start(json, events);
    } else if (type == "content_block_start") {
      start_block(json, events);
    } else if (type == "content_block_delta") {
      add_to_block(json, events);
    } else if (type == "content_block_stop") {
      if (const auto open = open_.find(count_at(json, "index").value_or(0)); open != open_.end()) {
        stop_block(open->second, events);
        open_.erase(open);
      }
    } else if (type == "message_delta") {
      end_message(json, events);
    } else if (type == "message_stop") {
      stopped_ = true;
    }
  }

  void start(const Json& json, std::vector<StreamEvent>& events) {
    if (started_) return;
    started_ = true;
    auto& event = push(events, StreamEvent::Kind::start);
    const auto* message = object_at(json, "message");
    if (message == nullptr) return;
    event.id = text_at(*message, "id");
    event.name = text_at(*message, "model");
    tell_usage(*message, events);
  }

  void start_block(const Json& json, std::vector<StreamEvent>& events) {
    const auto* content = object_at(json, "content_block");
    if (content == nullptr || finished_) return;
    const auto type = text_at(*content, "type");
    Open open;
    if (type == "thinking" || type == "redacted_thinking") {
      open.kind = Block::Kind::reasoning;
    } else if (type == "tool_use") {
      open.is_call = true;
      if (text_at(*content, "name") != json_tool) open.kind = Block::Kind::tool_call;
      const auto* input = object_at(*content, "input");
      if (input && !input->empty()) open.input = json_text(*input);
    } else if (type != "text") {
      return; // a kind that the vocabulary has no word for; its deltas find no block
    }
    const auto index = count_at(json, "index").value_or(0);
    if (open_.size() >= open_blocks_max || open_.contains(index))
      return fail_with(invalid(), events);
    open.number = blocks_++;
    auto& event = push(events, StreamEvent::Kind::block_start, open);
    if (open.kind == Block::Kind::tool_call) {
      has_calls_ = true;
      event.id = text_at(*content, "id");
      event.name = text_at(*content, "name");
    }
    add_text(open, text_at(*content, "text"), events);
    add_text(open, text_at(*content, "thinking"), events);
    if (const auto data = text_at(*content, "data"); type == "redacted_thinking" && !data.empty())
      push(events, StreamEvent::Kind::redacted, open).text = data;
    open_.emplace(index, std::move(open));
  }

  void add_to_block(const Json& json, std::vector<StreamEvent>& events) {
    const auto* delta = object_at(json, "delta");
    const auto found = open_.find(count_at(json, "index").value_or(0));
    if (delta == nullptr || found == open_.end()) return;
    auto& open = found->second;
    const auto type = text_at(*delta, "type");
    if (type == "text_delta" && open.kind == Block::Kind::text) {
      add_text(open, text_at(*delta, "text"), events);
    } else if (type == "input_json_delta" && open.is_call) {
      add_text(open, text_at(*delta, "partial_json"), events);
    } else if (type == "thinking_delta" && open.kind == Block::Kind::reasoning) {
      add_text(open, text_at(*delta, "thinking"), events);
    } else if (type == "signature_delta" && open.kind == Block::Kind::reasoning) {
      push(events, StreamEvent::Kind::signature, open).text = text_at(*delta, "signature");
    }
  }

  void add_text(Open& open, std::string_view text, std::vector<StreamEvent>& events) {
    if (text.empty()) return;
    open.any = true;
    push(events, StreamEvent::Kind::block_delta, open).text = text;
  }

  void stop_block(Open& open, std::vector<StreamEvent>& events) {
    if (open.is_call && !open.any) add_text(open, open.input.empty() ? "{}" : open.input, events);
    push(events, StreamEvent::Kind::block_stop, open);
  }

  void end_message(const Json& json, std::vector<StreamEvent>& events) {
    const auto* delta = object_at(json, "delta");
    const auto reason = delta ? text_at(*delta, "stop_reason") : std::string_view{};
    if (!reason.empty() && !finished_) {
      for (auto& [index, open] : open_) stop_block(open, events);
      open_.clear();
      auto finish = read_anthropic_finish(reason);
      if (finish == FinishReason::tool_calls && !has_calls_) finish = FinishReason::stop;
      if (finish == FinishReason::content_filter) explain(*delta, events);
      push(events, StreamEvent::Kind::finish).finish = finish;
      finished_ = true;
    }
    tell_usage(json, events);
  }

  void explain(const Json& delta, std::vector<StreamEvent>& events) {
    const auto* details = object_at(delta, "stop_details");
    const auto explanation = details ? text_at(*details, "explanation") : std::string_view{};
    if (explanation.empty()) return;
    Open refusal;
    refusal.number = blocks_++;
    refusal.kind = Block::Kind::refusal;
    push(events, StreamEvent::Kind::block_start, refusal);
    add_text(refusal, explanation, events);
    stop_block(refusal, events);
  }

  void tell_usage(const Json& json, std::vector<StreamEvent>& events) {
    const auto* told = object_at(json, "usage");
    if (told == nullptr) return;
    usage_.take(*told);
    push(events, StreamEvent::Kind::usage).usage = usage_.usage();
  }

  StreamEvent& push(std::vector<StreamEvent>& events, StreamEvent::Kind kind) {
    // Compatible servers may leave the message's start out.
    if (!started_ && kind != StreamEvent::Kind::error) {
      started_ = true;
      if (kind != StreamEvent::Kind::start) events.emplace_back();
    }
    events.emplace_back().kind = kind;
    return events.back();
  }

  StreamEvent& push(std::vector<StreamEvent>& events, StreamEvent::Kind kind, const Open& open) {
    auto& event = push(events, kind);
    event.block = open.number;
    event.block_kind = open.kind;
    return event;
  }

  static Failure invalid() { return make_failure(FailureKind::invalid_answer, 200); }

  void fail_with(Failure failure, std::vector<StreamEvent>& events) {
    failed_ = true;
    push(events, StreamEvent::Kind::error).failure = std::move(failure);
  }

  SseLines lines_;
  std::map<std::int64_t, Open> open_; // by the provider's index
  std::int64_t blocks_ = 0;
  AnthropicUsage usage_;
  bool started_ = false;
  bool has_calls_ = false;
  bool finished_ = false; // a finish reason was seen
  bool stopped_ = false;  // message_stop was seen
  bool failed_ = false;
};

} // namespace

std::unique_ptr<EventReader> make_anthropic_reader() {
  return std::make_unique<AnthropicReader>();
}

} // namespace gateway
