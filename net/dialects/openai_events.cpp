#include "net/dialects/failure_class.hpp"
#include "net/dialects/openai_choice_reader.hpp"
#include "net/dialects/sse_lines.hpp"
#include "net/unified/json_cursor.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

/// Chunks of a streamed answer into events (openai.md, section 4; openai-compatible.md, section 3).
namespace gateway {
namespace {

constexpr std::size_t choices_max = 128;

/// An error wherever vendors put one into a body of status 200.
bool holds_error(const Json& json) {
  const auto* error = member(json, "error");
  if (error && !(error->is_string() && text_of(*error).empty())) return true;
  if (text_at(json, "object") == "error") return true; // Mistral, older vLLM: flat
  const auto* wrapper = object_at(json, "base_resp");
  return wrapper && count_at(*wrapper, "status_code").value_or(0) != 0;
}

/// Azure tells first what its filter made of the prompt, in a chunk that names no answer.
bool is_before_answer(const Json& json) {
  return text_at(json, "id").empty() && items_at(json, "choices").empty()
    && member(json, "usage") == nullptr;
}

class OpenAiReader final : public EventReader {
public:
  explicit OpenAiReader(const Target& target) {
    if (!target.quirks) return;
    const auto& names = target.quirks->reasoning_out;
    think_tags_ = std::ranges::find(names, "think_tags") != names.end();
  }

  void feed(std::string_view bytes, std::vector<StreamEvent>& events) override {
    if (over_) return;
    lines_.feed(bytes);
    read(events);
  }

  void finish(std::vector<StreamEvent>& events) override {
    if (!over_) {
      lines_.finish();
      last_ = true;
      read(events);
    }
    if (!over_) end(events); // without [DONE]: fine if all is there
  }

private:
  void read(std::vector<StreamEvent>& events) {
    while (!over_) {
      const auto event = lines_.next();
      if (!event) break;
      if (event->data == "[DONE]") return end(events);
      take(event->data, events);
    }
    if (lines_.overflowed() && !over_) fail_with(invalid(), events);
  }

  void take(std::string_view data, std::vector<StreamEvent>& events) {
    // A word where a chunk should be is somebody's ping.
    if (!data.starts_with('{')) return;
    const auto json = parse_json_object(data);
    if (!json && last_) return; // torn: whether all was there before it shows at the end
    if (!json) return fail_with(invalid(), events);
    if (holds_error(*json)) return fail_with(classify_openai(200, {}, data), events);
    if (is_before_answer(*json)) return;
    start(*json, events);
    for (const auto& choice : items_at(*json, "choices")) {
      if (is_error_finish(text_at(choice, "finish_reason")))
        return fail_with(make_failure(FailureKind::server_error, 200), events);
      auto* reader = reader_of(count_at(choice, "index").value_or(0));
      if (reader == nullptr || !reader->take(choice, events)) return fail_with(invalid(), events);
    }
    const auto* usage = object_at(*json, "usage");
    if (!usage)
      if (const auto* groq = object_at(*json, "x_groq")) usage = object_at(*groq, "usage");
    if (usage) tell_usage(*usage, events);
  }

  void start(const Json& json, std::vector<StreamEvent>& events) {
    if (started_) return;
    started_ = true;
    auto& event = events.emplace_back();
    event.kind = StreamEvent::Kind::start;
    event.id = text_at(json, "id");
    event.name = text_at(json, "model");
  }

  OpenAiChoiceReader* reader_of(std::int64_t index) {
    const auto found = std::ranges::find(choices_, index, &OpenAiChoiceReader::index);
    if (found != choices_.end()) return &*found;
    if (choices_.size() == choices_max) return nullptr;
    return &choices_.emplace_back(index, think_tags_);
  }

  void tell_usage(const Json& json, std::vector<StreamEvent>& events) {
    const auto text = json_text(json);
    auto cursor = JsonTokens::of_this_thread().read(text);
    const auto usage = read_openai_usage(cursor);
    if (!usage.known) return;
    auto& event = events.emplace_back();
    event.kind = StreamEvent::Kind::usage;
    event.usage = usage;
  }

  void end(std::vector<StreamEvent>& events) {
    const bool whole =
      !choices_.empty() && std::ranges::all_of(choices_, &OpenAiChoiceReader::finished);
    if (!whole) {
      // What is no event stream at all may be an error that came with a good status.
      const auto stray = parse_json_object(lines_.stray());
      return fail_with(
        stray && holds_error(*stray) ? classify_openai(200, {}, lines_.stray()) : invalid(),
        events);
    }
    over_ = true;
    events.emplace_back().kind = StreamEvent::Kind::end;
  }

  static Failure invalid() { return make_failure(FailureKind::invalid_answer, 200); }

  void fail_with(Failure failure, std::vector<StreamEvent>& events) {
    over_ = true;
    auto& event = events.emplace_back();
    event.kind = StreamEvent::Kind::error;
    event.failure = std::move(failure);
  }

  SseLines lines_;
  std::vector<OpenAiChoiceReader> choices_;
  bool think_tags_ = false;
  bool started_ = false;
  bool last_ = false; // the body ended
  bool over_ = false; // the end or an error was told
};

} // namespace

std::unique_ptr<EventReader> openai_event_reader(const Target& target) {
  return std::make_unique<OpenAiReader>(target);
}

} // namespace gateway
