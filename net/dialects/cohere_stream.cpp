#include "net/dialects/cohere.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/sse_lines.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <utility>

namespace gateway {
namespace {

/// Calls that a stream may have open at a time; the API has one.
constexpr std::size_t open_calls_max = 64;

/// Reads named events (section 4). Their type stands in the data too, which is what counts.
class CohereReader final : public EventReader {
public:
  explicit CohereReader(std::string_view model) : model_(model) {}

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
    if (finished_) {
      push(events, StreamEvent::Kind::end);
    } else {
      // What is no event stream at all may be an error that came with a good status.
      const auto stray = parse_json_object(lines_.stray());
      fail_with(stray ? classify_cohere(200, {}, &*stray) : invalid(), events);
    }
  }

private:
  struct Call {
    std::int64_t number = 0;
    std::string held; // arguments that may yet become `null`
    bool any = false; // arguments were passed on
  };

  void read(std::vector<StreamEvent>& events) {
    // Behind the message's end nothing counts, least of all the `[DONE]` that may come.
    while (!failed_ && !finished_) {
      const auto event = lines_.next();
      if (!event) break;
      if (const auto json = parse_json_object(event->data))
        take(*json, event->name, events);
      else
        fail_with(invalid(), events);
    }
    if (lines_.overflowed() && !failed_ && !finished_) fail_with(invalid(), events);
  }

  void take(const Json& json, std::string_view name, std::vector<StreamEvent>& events) {
    auto type = text_at(json, "type");
    if (type.empty()) type = name;
    if (type.empty() || type == "error") return fail_with(classify_cohere(200, {}, &json), events);
    const auto* delta = object_at(json, "delta");
    if (type == "message-start") return start(text_at(json, "id"), events);
    if (type == "message-end") return end_message(delta ? *delta : Json{}, events);
    if (type == "content-end") return close(events);
    const auto index = count_at(json, "index").value_or(0);
    if (type == "tool-call-end") return stop_call(index, events);
    const auto* message = delta ? object_at(*delta, "message") : nullptr;
    if (message == nullptr) return;
    if (type == "content-start" || type == "content-delta") {
      const auto* content = object_at(*message, "content");
      if (content == nullptr) return;
      say(Block::Kind::reasoning, text_at(*content, "thinking"), {}, events);
      const auto* logprobs = member(json, "logprobs");
      say(
        Block::Kind::text,
        text_at(*content, "text"),
        logprobs ? read_cohere_logprobs(*logprobs) : std::string{},
        events);
    } else if (type == "tool-plan-delta") {
      say(Block::Kind::text, text_at(*message, "tool_plan"), {}, events);
    } else if (type == "tool-call-start" || type == "tool-call-delta") {
      if (const auto* call = object_at(*message, "tool_calls"))
        take_call(index, type == "tool-call-start", *call, events);
    }
  }

  void start(std::string_view id, std::vector<StreamEvent>& events) {
    if (std::exchange(started_, true)) return;
    auto& event = events.emplace_back();
    event.id = id;
    event.name = model_;
  }

  /// More of the text or the thoughts that are open, or of ones that begin here.
  void say(
    Block::Kind kind,
    std::string_view text,
    std::string logprobs,
    std::vector<StreamEvent>& events) {
    if (text.empty()) return;
    if (!open_ || kind_ != kind) {
      close(events);
      open_ = true;
      kind_ = kind;
      number_ = blocks_++;
      push(events, StreamEvent::Kind::block_start, number_, kind_);
    }
    auto& event = push(events, StreamEvent::Kind::block_delta, number_, kind_);
    event.text = text;
    event.logprobs = std::move(logprobs);
  }

  void close(std::vector<StreamEvent>& events) {
    if (std::exchange(open_, false)) push(events, StreamEvent::Kind::block_stop, number_, kind_);
  }

  void
  take_call(std::int64_t index, bool begins, const Json& json, std::vector<StreamEvent>& events) {
    const auto* function = object_at(json, "function");
    if (function == nullptr) return;
    if (begins) {
      if (calls_.size() >= open_calls_max || calls_.contains(index))
        return fail_with(invalid(), events);
      close(events);
      calls_[index].number = blocks_++;
      auto& event = push_in(calls_[index], StreamEvent::Kind::block_start, events);
      event.id = text_at(json, "id");
      event.name = text_at(*function, "name");
    }
    const auto found = calls_.find(index);
    if (found == calls_.end()) return;
    auto& call = found->second;
    call.held += text_at(*function, "arguments");
    constexpr std::string_view nothing = "null"; // so say tools without parameters
    if (call.any || !nothing.starts_with(call.held)) pass_on(call, events);
  }

  void pass_on(Call& call, std::vector<StreamEvent>& events) {
    if (call.held.empty()) return;
    call.any = true;
    push_in(call, StreamEvent::Kind::block_delta, events).text = std::exchange(call.held, {});
  }

  void stop_call(std::int64_t index, std::vector<StreamEvent>& events) {
    const auto found = calls_.find(index);
    if (found == calls_.end()) return;
    auto& call = found->second;
    if (!call.any && (call.held.empty() || call.held == "null")) call.held = "{}";
    pass_on(call, events);
    push_in(call, StreamEvent::Kind::block_stop, events);
    calls_.erase(found);
  }

  void end_message(const Json& delta, std::vector<StreamEvent>& events) {
    close(events);
    while (!calls_.empty()) stop_call(calls_.begin()->first, events);
    const auto reason = text_at(delta, "finish_reason");
    const auto finish = reason.empty() ? FinishReason::none : read_cohere_finish(reason);
    const auto* usage = object_at(delta, "usage");
    // Also what failed midway is paid for; what failed before it began is another provider's now.
    if (usage != nullptr && (started_ || finish != FinishReason::none))
      push(events, StreamEvent::Kind::usage).usage = read_cohere_usage(*usage);
    if (reason.empty()) return fail_with(invalid(), events);
    if (finish == FinishReason::none)
      return fail_with(classify_cohere_end(reason, text_at(delta, "error")), events);
    push(events, StreamEvent::Kind::finish).finish = finish;
    finished_ = true;
  }

  StreamEvent& push(
    std::vector<StreamEvent>& events,
    StreamEvent::Kind kind,
    std::int64_t block = 0,
    Block::Kind block_kind = Block::Kind::text) {
    // A server that speaks the same may leave the message's start out.
    if (kind != StreamEvent::Kind::error) start({}, events);
    auto& event = events.emplace_back();
    event.kind = kind;
    event.block = block;
    event.block_kind = block_kind;
    return event;
  }

  StreamEvent& push_in(const Call& call, StreamEvent::Kind kind, std::vector<StreamEvent>& events) {
    return push(events, kind, call.number, Block::Kind::tool_call);
  }

  static Failure invalid() { return make_failure(FailureKind::invalid_answer, 200); }

  void fail_with(Failure failure, std::vector<StreamEvent>& events) {
    failed_ = true;
    push(events, StreamEvent::Kind::error).failure = std::move(failure);
  }

  SseLines lines_;
  std::string model_;
  std::map<std::int64_t, Call> calls_; // the open ones, by the provider's index
  std::int64_t blocks_ = 0;            // begun so far
  std::int64_t number_ = 0;            // of the last one with text or thoughts
  Block::Kind kind_ = Block::Kind::text;
  bool open_ = false; // it takes more
  bool started_ = false;
  bool finished_ = false; // the message ended, with a reason
  bool failed_ = false;
};

} // namespace

std::unique_ptr<EventReader> make_cohere_reader(std::string_view model) {
  return std::make_unique<CohereReader>(model);
}

} // namespace gateway
