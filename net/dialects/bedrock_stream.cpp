#include "net/dialects/aws_messages.hpp"
#include "net/dialects/bedrock.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/tool_schema.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <utility>

namespace gateway {
namespace {

/// Blocks that a stream may have open at a time; the API has one.
constexpr std::size_t open_blocks_max = 64;

/// Reads the messages of a converse-stream (section 4).
class BedrockReader final : public EventReader {
public:
  explicit BedrockReader(std::string_view model) : model_(model) {}

  void feed(std::string_view bytes, std::vector<StreamEvent>& events) override {
    if (failed_) return;
    messages_.feed(bytes);
    while (!failed_) {
      const auto message = messages_.next();
      if (!message) break;
      take(*message, events);
    }
    if (messages_.broken() && !failed_) fail_with(invalid(), events);
  }

  void finish(std::vector<StreamEvent>& events) override {
    if (failed_) return;
    if (finished_ && !messages_.torn())
      push(events, StreamEvent::Kind::end);
    else
      fail_with(invalid(), events);
  }

private:
  struct Open {
    std::int64_t number = 0;
    Block::Kind kind = Block::Kind::text;
    bool is_call = false; // a tool call, or the answer that is written as one
    bool any = false;     // a piece came
  };

  void take(const AwsMessage& message, std::vector<StreamEvent>& events) {
    const auto json = parse_json_object(message.payload);
    if (message.type != "event") {
      const auto words = json ? text_at(*json, "message") : std::string_view{};
      return fail_with(
        classify_bedrock_exception(message.name, words.empty() ? message.text : words), events);
    }
    if (!json) return fail_with(invalid(), events);
    if (message.name == "metadata") return tell_usage(*json, events);
    if (finished_) return;
    const auto index = count_at(*json, "contentBlockIndex").value_or(0);
    if (message.name == "messageStart") {
      start(events);
    } else if (message.name == "contentBlockStart") {
      const auto* begun = object_at(*json, "start");
      const auto* call = begun ? object_at(*begun, "toolUse") : nullptr;
      if (call != nullptr) start_call(index, *call, events);
    } else if (message.name == "contentBlockDelta") {
      if (const auto* delta = object_at(*json, "delta")) add(index, *delta, events);
    } else if (message.name == "contentBlockStop") {
      if (const auto open = open_.find(index); open != open_.end()) {
        stop_block(open->second, events);
        open_.erase(open);
      }
    } else if (message.name == "messageStop") {
      end_message(text_at(*json, "stopReason"), events);
    }
  }

  void start(std::vector<StreamEvent>& events) {
    if (std::exchange(started_, true)) return;
    events.emplace_back().name = model_;
  }

  void start_call(std::int64_t index, const Json& call, std::vector<StreamEvent>& events) {
    const auto is_answer = text_at(call, "name") == json_tool;
    auto* open = begin(index, is_answer ? Block::Kind::text : Block::Kind::tool_call, events);
    if (open == nullptr) return;
    open->is_call = true;
    if (is_answer) return;
    has_calls_ = true;
    events.back().id = text_at(call, "toolUseId");
    events.back().name = text_at(call, "name");
  }

  void add(std::int64_t index, const Json& delta, std::vector<StreamEvent>& events) {
    say(index, Block::Kind::text, text_at(delta, "text"), events);
    if (const auto* reasoning = object_at(delta, "reasoningContent")) {
      constexpr auto kind = Block::Kind::reasoning;
      say(index, kind, text_at(*reasoning, "text"), events);
      seal(StreamEvent::Kind::signature, index, text_at(*reasoning, "signature"), events);
      seal(StreamEvent::Kind::redacted, index, text_at(*reasoning, "redactedContent"), events);
    }
    if (const auto* call = object_at(delta, "toolUse"))
      if (const auto found = open_.find(index); found != open_.end() && found->second.is_call)
        add_text(found->second, text_at(*call, "input"), events);
  }

  /// More of a text or thought, which as a rule nothing announces.
  void say(
    std::int64_t index, Block::Kind kind, std::string_view text, std::vector<StreamEvent>& events) {
    if (text.empty()) return;
    if (auto* open = opened(index, kind, events)) add_text(*open, text, events);
  }

  void seal(
    StreamEvent::Kind kind,
    std::int64_t index,
    std::string_view text,
    std::vector<StreamEvent>& events) {
    if (text.empty()) return;
    if (auto* open = opened(index, Block::Kind::reasoning, events))
      push(events, kind, *open).text = text;
  }

  /// The block of that index and kind, begun here if need be; null where the stream makes no sense.
  Open* opened(std::int64_t index, Block::Kind kind, std::vector<StreamEvent>& events) {
    if (failed_) return nullptr;
    const auto found = open_.find(index);
    if (found == open_.end()) return begin(index, kind, events);
    if (found->second.kind == kind && !found->second.is_call) return &found->second;
    fail_with(invalid(), events);
    return nullptr;
  }

  Open* begin(std::int64_t index, Block::Kind kind, std::vector<StreamEvent>& events) {
    if (open_.size() >= open_blocks_max || open_.contains(index)) {
      fail_with(invalid(), events);
      return nullptr;
    }
    auto& open = open_[index];
    open.number = blocks_++;
    open.kind = kind;
    push(events, StreamEvent::Kind::block_start, open);
    return &open;
  }

  void add_text(Open& open, std::string_view text, std::vector<StreamEvent>& events) {
    if (text.empty()) return;
    open.any = true;
    push(events, StreamEvent::Kind::block_delta, open).text = text;
  }

  void stop_block(Open& open, std::vector<StreamEvent>& events) {
    if (open.is_call) add_text(open, open.any ? "" : "{}", events);
    push(events, StreamEvent::Kind::block_stop, open);
  }

  void end_message(std::string_view reason, std::vector<StreamEvent>& events) {
    for (auto& [index, open] : open_) stop_block(open, events);
    open_.clear();
    if (reason.empty()) return fail_with(invalid(), events);
    if (blocks_ == 0 && is_bedrock_failure(reason))
      return fail_with(make_failure(FailureKind::server_error, 200), events);
    auto finish = read_bedrock_finish(reason);
    if (finish == FinishReason::tool_calls && !has_calls_) finish = FinishReason::stop;
    push(events, StreamEvent::Kind::finish).finish = finish;
    finished_ = true;
  }

  void tell_usage(const Json& json, std::vector<StreamEvent>& events) {
    if (const auto* usage = object_at(json, "usage"))
      push(events, StreamEvent::Kind::usage).usage = read_bedrock_usage(*usage);
  }

  StreamEvent& push(std::vector<StreamEvent>& events, StreamEvent::Kind kind) {
    if (kind != StreamEvent::Kind::error) start(events);
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

  AwsMessages messages_;
  std::string model_;
  std::map<std::int64_t, Open> open_; // by the provider's index
  std::int64_t blocks_ = 0;           // begun so far
  bool started_ = false;
  bool has_calls_ = false;
  bool finished_ = false; // the message ended, with a reason
  bool failed_ = false;
};

} // namespace

std::unique_ptr<EventReader> make_bedrock_reader(std::string_view model) {
  return std::make_unique<BedrockReader>(model);
}

} // namespace gateway
