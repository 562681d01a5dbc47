#include "net/unified/envelope.hpp"

#include "net/unified/body_walk.hpp"

#include <limits>

namespace gateway {
namespace {

constexpr std::int64_t choices_max = 128; // OpenAI's own bound for n
constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();

class ChatWalk : private BodyWalk {
public:
  explicit ChatWalk(JsonCursor cursor) : BodyWalk(cursor) {}

  Result<Envelope> read() {
    auto outcome = walk([this](std::string_view name) { return take_field(name); });
    if (!outcome) return outcome;
    if (!has_messages_) return fail(ErrorKind::missing_field, "'messages' is missing", "messages");
    outcome->max_tokens = max_completion_tokens_ ? max_completion_tokens_ : max_tokens_;
    outcome->choices = choices_.value_or(1);
    return outcome;
  }

private:
  bool take_field(std::string_view name) {
    if (name == "messages") return take_messages();
    if (name == "stream") return take_flag(name, envelope_.stream);
    if (name == "max_tokens") return take_count(name, 1, any, max_tokens_);
    if (name == "max_completion_tokens") return take_count(name, 1, any, max_completion_tokens_);
    if (name == "n") return take_count(name, 1, choices_max, choices_);
    if (name == "tools" || name == "functions") return take_tools(name);
    if (name == "stream_options") return take_stream_options();
    if (name == "response_format") return take_response_format();
    if (name == "modalities") return take_modalities();
    return take_common(name);
  }

  bool take_messages() {
    has_messages_ = true;
    if (cursor_.peek() != '[') return wrong("messages", "must be an array");
    if (!cursor_.array([this] { return take_message(); })) return false;
    if (envelope_.messages == 0)
      note(ErrorKind::invalid_value, "'messages' must hold at least one message", "messages");
    return true;
  }

  /// The message under way, for a `param`.
  std::string message_path() const {
    return "messages[" + std::to_string(envelope_.messages - 1) + "]";
  }

  bool take_message() {
    ++envelope_.messages;
    if (cursor_.peek() != '{') return wrong(message_path(), "must be an object");
    return cursor_.object([this](std::string_view name) {
      if (name == "content") return take_content();
      return name == "role" ? cursor_.skip() : skip_text();
    });
  }

  bool take_content() {
    switch (cursor_.peek()) {
    case '"':
    case 'n': return skip_text();
    case '[': return cursor_.array([this] { return take_part(); });
    default: return wrong(message_path() + ".content", "must be a string or an array of parts");
    }
  }

  bool take_part() {
    if (cursor_.peek() != '{')
      return wrong(message_path() + ".content", "must be a string or an array of parts");
    bool image = false;
    bool sound = false;
    bool file = false;
    const bool good = cursor_.object([&](std::string_view name) {
      image = image || name == "image_url";
      sound = sound || name == "input_audio";
      file = file || name == "file";
      // Bytes of media say nothing of their tokens; a type's name is none of the text.
      const bool is_text = !image && !sound && !file && name != "type";
      return is_text ? skip_text() : cursor_.skip();
    });
    envelope_.images += image;
    envelope_.files += sound || file;
    envelope_.needs_vision = envelope_.needs_vision || image;
    envelope_.needs_audio = envelope_.needs_audio || sound;
    envelope_.needs_files = envelope_.needs_files || file;
    return good;
  }

  bool take_tools(std::string_view param) {
    if (cursor_.peek() == 'n') return cursor_.skip();
    if (cursor_.peek() != '[') return wrong(std::string{param}, "must be an array");
    return cursor_.array([this] {
      ++envelope_.tools;
      envelope_.needs_tools = true;
      return skip_text();
    });
  }

  bool take_stream_options() {
    if (cursor_.peek() == 'n') return cursor_.skip();
    if (cursor_.peek() != '{') return wrong("stream_options", "must be an object");
    return cursor_.object([this](std::string_view name) {
      if (name != "include_usage") return cursor_.skip();
      return take_flag("stream_options.include_usage", envelope_.include_usage);
    });
  }

  bool take_response_format() {
    if (cursor_.peek() == 'n') return cursor_.skip();
    if (cursor_.peek() != '{') return wrong("response_format", "must be an object");
    return cursor_.object([this](std::string_view name) {
      if (name != "type" || cursor_.peek() != '"') return skip_text();
      std::string_view type;
      if (!take_text(type)) return false;
      envelope_.needs_json_schema = type == "json_schema";
      return true;
    });
  }

  bool take_modalities() {
    if (cursor_.peek() == 'n') return cursor_.skip();
    if (cursor_.peek() != '[') return wrong("modalities", "must be an array");
    return cursor_.array([this] {
      if (cursor_.peek() != '"') return wrong("modalities", "must be an array of strings");
      std::string_view modality;
      if (!take_text(modality)) return false;
      envelope_.needs_audio = envelope_.needs_audio || modality == "audio";
      return true;
    });
  }

  bool has_messages_ = false;
  std::optional<std::int64_t> max_tokens_;
  std::optional<std::int64_t> max_completion_tokens_;
  std::optional<std::int64_t> choices_;
};

class EmbeddingsWalk : private BodyWalk {
public:
  explicit EmbeddingsWalk(JsonCursor cursor) : BodyWalk(cursor) {}

  Result<Envelope> read() {
    auto outcome = walk(
      [this](std::string_view name) { return name == "input" ? take_input() : take_common(name); });
    if (outcome && !has_input_)
      return fail(ErrorKind::missing_field, "'input' is missing", "input");
    return outcome;
  }

private:
  /// A string, strings, a token array or token arrays; all of it counts as text.
  bool take_input() {
    has_input_ = true;
    const char first = cursor_.peek();
    if (first == '"') return skip_text();
    if (first != '[') return wrong("input", "must be a string or an array");
    bool empty = true;
    const bool good = cursor_.array([&] {
      empty = false;
      return skip_text();
    });
    if (good && empty) note(ErrorKind::invalid_value, "'input' must not be empty", "input");
    return good;
  }

  bool has_input_ = false;
};

} // namespace

EnvelopeReader::EnvelopeReader() : tokens_(std::make_unique<JsonTokens>()) {}
EnvelopeReader::~EnvelopeReader() = default;

Result<Envelope> EnvelopeReader::read_chat(std::string_view body) {
  return ChatWalk{tokens_->read(body)}.read();
}

Result<Envelope> EnvelopeReader::read_embeddings(std::string_view body) {
  return EmbeddingsWalk{tokens_->read(body)}.read();
}

} // namespace gateway
