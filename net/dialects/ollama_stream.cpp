#include "net/dialects/failure_class.hpp"
#include "net/dialects/ndjson_lines.hpp"
#include "net/dialects/ollama.hpp"

#include <nlohmann/json.hpp>

namespace gateway {
namespace {

/// Reads the lines of one answer: pieces of it, and a last one that is `done` (section 4).
class OllamaReader final : public EventReader {
public:
  void feed(std::string_view bytes, std::vector<StreamEvent>& events) override {
    if (over_) return;
    lines_.feed(bytes);
    read(events);
  }

  void finish(std::vector<StreamEvent>& events) override {
    if (over_) return;
    lines_.finish();
    read(events);
    if (!over_) fail_with(invalid(), events);
  }

private:
  void read(std::vector<StreamEvent>& events) {
    while (!over_) {
      const auto line = lines_.next();
      if (!line) break;
      const auto json = parse_json_object(*line);
      if (!json) return fail_with(invalid(), events);
      if (member(*json, "error")) return fail_with(classify_ollama(200, {}, &*json), events);
      take(*json, events);
    }
    if (lines_.overflowed() && !over_) fail_with(invalid(), events);
  }

  void take(const Json& json, std::vector<StreamEvent>& events) {
    if (!started_) {
      started_ = true;
      created_at_ = text_at(json, "created_at");
      push(events, StreamEvent::Kind::start).name = text_at(json, "model");
    }
    if (const auto* message = object_at(json, "message")) {
      auto logprobs = read_ollama_logprobs(json);
      for (auto& block : read_ollama_blocks(*message, created_at_, ids_))
        take_block(std::move(block), logprobs, events);
    }
    if (flag_at(json, "done")) end(json, events);
  }

  void take_block(Block block, std::string& logprobs, std::vector<StreamEvent>& events) {
    const auto is_call = block.kind == Block::Kind::tool_call;
    if (is_call || !open_ || kind_ != block.kind) {
      close(events);
      open_ = true;
      kind_ = block.kind;
      ++blocks_;
      auto& begun = push(events, StreamEvent::Kind::block_start);
      begun.id = std::move(block.id);
      begun.name = std::move(block.name);
    }
    auto& delta = push(events, StreamEvent::Kind::block_delta);
    delta.text = is_call ? std::move(block.arguments) : std::move(block.text);
    if (block.kind == Block::Kind::text) delta.logprobs = std::exchange(logprobs, {});
    if (!is_call) return;
    has_calls_ = true;
    close(events);
  }

  void close(std::vector<StreamEvent>& events) {
    if (open_) push(events, StreamEvent::Kind::block_stop);
    open_ = false;
  }

  void end(const Json& last, std::vector<StreamEvent>& events) {
    close(events);
    if (const auto usage = read_ollama_usage(last); usage.known)
      push(events, StreamEvent::Kind::usage).usage = usage;
    push(events, StreamEvent::Kind::finish).finish =
      read_ollama_finish(text_at(last, "done_reason"), has_calls_);
    push(events, StreamEvent::Kind::end);
    over_ = true;
  }

  /// An event of the block under way, if it is about one.
  StreamEvent& push(std::vector<StreamEvent>& events, StreamEvent::Kind kind) {
    auto& event = events.emplace_back();
    event.kind = kind;
    if (!open_) return event;
    event.block = blocks_ - 1;
    event.block_kind = kind_;
    return event;
  }

  static Failure invalid() { return make_failure(FailureKind::invalid_answer, 200); }

  void fail_with(Failure failure, std::vector<StreamEvent>& events) {
    over_ = true;
    push(events, StreamEvent::Kind::error).failure = std::move(failure);
  }

  NdjsonLines lines_;
  CallIds ids_;
  std::string created_at_;               // of the first piece: each has a time of its own
  std::int64_t blocks_ = 0;              // begun so far
  Block::Kind kind_ = Block::Kind::text; // of the last one
  bool open_ = false;                    // it takes more
  bool started_ = false;
  bool has_calls_ = false;
  bool over_ = false; // the end or an error was told
};

} // namespace

std::unique_ptr<EventReader> make_ollama_reader() {
  return std::make_unique<OllamaReader>();
}

} // namespace gateway
