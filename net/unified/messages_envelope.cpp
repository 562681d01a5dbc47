#include "net/unified/messages_envelope.hpp"

#include "net/unified/body_walk.hpp"

#include <limits>

namespace gateway {
namespace {

constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();

class MessagesWalk : private BodyWalk {
public:
  explicit MessagesWalk(JsonCursor cursor) : BodyWalk(cursor) {}

  Result<Envelope> read(bool counts) {
    auto outcome = walk([this](std::string_view name) { return take_field(name); });
    if (!outcome) return outcome;
    if (!has_messages_) return fail(ErrorKind::missing_field, "'messages' is missing", "messages");
    if (!outcome->max_tokens && !counts)
      return fail(ErrorKind::missing_field, "'max_tokens' is missing", "max_tokens");
    return outcome;
  }

private:
  bool take_field(std::string_view name) {
    if (name == "messages") return take_messages();
    if (name == "system") return skip_text();
    if (name == "stream") return take_flag(name, envelope_.stream);
    // None at all: only a cache is to be warmed.
    if (name == "max_tokens") return take_count(name, 0, any, envelope_.max_tokens);
    if (name == "tools") return take_tools();
    if (name == "output_config") return take_output_config();
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

  bool take_message() {
    path_ = "messages[" + std::to_string(envelope_.messages++) + "]";
    if (cursor_.peek() != '{') return wrong(path_, "must be an object");
    return cursor_.object([this](std::string_view name) {
      return name == "content" ? take_content() : cursor_.skip();
    });
  }

  /// Of a message, of a tool's result within it, or of a document.
  bool take_content() {
    switch (cursor_.peek()) {
    case '"':
    case 'n': return skip_text();
    case '[': return cursor_.array([this] { return take_block(); });
    default: return wrong(path_ + ".content", "must be a string or an array of blocks");
    }
  }

  bool take_block() {
    if (cursor_.peek() != '{')
      return wrong(path_ + ".content", "must be a string or an array of blocks");
    std::string_view type;
    Source source;
    const bool good = cursor_.object([&](std::string_view name) {
      if (name == "type" && cursor_.peek() == '"') return take_text(type);
      if (name == "source" && cursor_.peek() == '{') return take_source(source);
      if (name == "content") return take_content();
      // Ids, signatures, marks and what only its maker can read are no words for the model.
      const bool is_text = name == "text" || name == "thinking" || name == "input" || name == "name"
        || name == "title" || name == "context";
      return is_text ? skip_text() : cursor_.skip();
    });
    if (type == "image") {
      ++envelope_.images;
      envelope_.needs_vision = true;
    } else if (type == "document" && source.is_text()) {
      envelope_.text_bytes += source.data_bytes;
    } else if (type == "document") {
      ++envelope_.files;
      envelope_.needs_files = true;
    }
    return good;
  }

  /// Where an image or a document lies. Bytes of media say nothing of their tokens.
  struct Source {
    std::string_view type;
    std::int64_t data_bytes = 0;

    bool is_text() const noexcept { return type == "text" || type == "content"; }
  };

  bool take_source(Source& source) {
    return cursor_.object([&](std::string_view name) {
      if (name == "type" && cursor_.peek() == '"') return take_text(source.type);
      if (name == "content") return take_content();
      const auto from = cursor_.begin();
      if (!cursor_.skip()) return false;
      if (name == "data") source.data_bytes = static_cast<std::int64_t>(cursor_.end() - from);
      return true;
    });
  }

  bool take_tools() {
    if (cursor_.peek() == 'n') return cursor_.skip();
    if (cursor_.peek() != '[') return wrong("tools", "must be an array");
    return cursor_.array([this] {
      ++envelope_.tools;
      envelope_.needs_tools = true;
      return skip_text();
    });
  }

  bool take_output_config() {
    if (cursor_.peek() == 'n') return cursor_.skip();
    if (cursor_.peek() != '{') return wrong("output_config", "must be an object");
    return cursor_.object([this](std::string_view name) {
      if (name != "format" || cursor_.peek() == 'n') return cursor_.skip();
      envelope_.needs_json_schema = true; // there is no format but this
      return skip_text();
    });
  }

  bool has_messages_ = false;
  std::string path_; // of the message under way
};

} // namespace

Result<Envelope> read_messages_envelope(std::string_view body, bool counts) {
  return MessagesWalk{JsonTokens::of_this_thread().read(body)}.read(counts);
}

} // namespace gateway
