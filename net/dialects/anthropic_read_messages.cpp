#include "net/dialects/anthropic_client.hpp"
#include "net/dialects/field_reading.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

/// The messages of a client's request into the one vocabulary.
namespace gateway {
namespace {

/// Where a result holds a medium and no word: a model that is told of it in a message of its own
/// must know what became of the result.
constexpr std::string_view result_follows = "The result follows as a file or an image.";

/// Reads one message after the other; what a user says becomes several of the vocabulary's.
class Reader {
public:
  explicit Reader(RequestFields& fields) : fields_(fields) {}

  Result<void> read_system(const Json& system) {
    Message message;
    message.role = Role::system;
    if (auto added = add_content(system, "system", message); !added) return added;
    keep(std::move(message));
    return {};
  }

  Result<void> read_message(const Json& json, const std::string& path) {
    const auto role = text_at(json, "role");
    Message message;
    if (role == "assistant")
      message.role = Role::assistant;
    else if (role == "system")
      message.role = Role::system;
    else if (role != "user")
      return wrong_value(path + ".role", "must be user, assistant or system");
    const auto* content = member(json, "content");
    if (content == nullptr) return wrong_value(path + ".content", "must not be missing");
    call_signature_.clear();
    if (auto added = add_content(*content, path + ".content", message); !added) return added;
    auto media = std::exchange(media_, {});
    message.blocks.insert(
      message.blocks.begin(),
      std::make_move_iterator(media.begin()),
      std::make_move_iterator(media.end()));
    keep(std::move(message));
    return {};
  }

  std::vector<Message> messages() && { return std::move(messages_); }

private:
  void keep(Message message) {
    if (!message.blocks.empty()) messages_.push_back(std::move(message));
  }

  Result<void> add_content(const Json& content, const std::string& path, Message& message) {
    if (content.is_string()) {
      add_text(text_of(content), {}, message);
      return {};
    }
    if (!content.is_array()) return wrong_value(path, "must be a string or an array of blocks");
    for (std::size_t i = 0; i < content.size(); ++i)
      if (auto added = add_block(content[i], item_path(path, i), message); !added) return added;
    return {};
  }

  Result<void> add_block(const Json& json, const std::string& path, Message& message) {
    const auto type = text_at(json, "type");
    if (type == "text") {
      constexpr std::array<std::string_view, 3> known{"type", "text", "cache_control"};
      drop_unknown(json, known, "text", fields_);
      add_text(text_at(json, "text"), read_cache_ttl(json), message);
      return {};
    }
    if (message.role == Role::user && type == "tool_result") return add_result(json, path);
    if (message.role == Role::user || message.role == Role::tool) {
      if (type == "image") return add_image(json, path, message);
      if (type == "document") return add_document(json, path, message);
    } else if (message.role == Role::assistant) {
      if (type == "tool_use") return add_call(json, path, message);
      if (type == "thinking" || type == "redacted_thinking") {
        add_thinking(json, message);
        return {};
      }
    }
    if (type.empty()) return wrong_value(path + ".type", "must not be missing");
    return unsupported_value(path + ".type");
  }

  static void add_text(std::string_view text, std::string cache_ttl, Message& message) {
    if (text.empty()) return;
    auto& block = message.blocks.emplace_back();
    block.text = text;
    block.cache_ttl = std::move(cache_ttl);
  }

  Result<void> add_image(const Json& json, const std::string& path, Message& message) {
    const auto* source = object_at(json, "source");
    const auto type = source ? text_at(*source, "type") : std::string_view{};
    Block block;
    block.kind = Block::Kind::image;
    block.cache_ttl = read_cache_ttl(json);
    if (auto read = read_source(source, type, path, block.media); !read) return read;
    message.blocks.push_back(std::move(block));
    return {};
  }

  static Result<void>
  read_source(const Json* source, std::string_view type, const std::string& path, Media& media) {
    if (type == "base64") {
      media.mime = text_at(*source, "media_type");
      media.data_base64 = text_at(*source, "data");
      if (media.mime.empty() || media.data_base64.empty())
        return wrong_value(path + ".source", "must have 'media_type' and 'data'");
    } else if (type == "url") {
      media.url = text_at(*source, "url");
      if (media.url.empty()) return wrong_value(path + ".source", "must have a 'url'");
    } else if (type.empty()) {
      return wrong_value(path + ".source", "must be an object with a 'type'");
    } else {
      return unsupported_value(path + ".source.type"); // a file that lies at Anthropic
    }
    return {};
  }

  Result<void> add_document(const Json& json, const std::string& path, Message& message) {
    constexpr std::array<std::string_view, 5> known{
      "type", "source", "title", "context", "cache_control"};
    drop_unknown(json, known, "document", fields_);
    const auto* source = object_at(json, "source");
    const auto type = source ? text_at(*source, "type") : std::string_view{};
    const auto title = text_at(json, "title");
    const auto context = text_at(json, "context");
    if (type == "text" || type == "content") {
      // What is text needs no file: every model can read it.
      add_text(title, {}, message);
      add_text(context, {}, message);
      const auto before = message.blocks.size();
      if (type == "text")
        add_text(text_at(*source, "data"), {}, message);
      else if (const auto* content = member(*source, "content"))
        if (auto added = add_content(*content, path + ".source.content", message); !added)
          return added;
      if (message.blocks.size() > before) message.blocks.back().cache_ttl = read_cache_ttl(json);
      return {};
    }
    Block block;
    block.kind = Block::Kind::file;
    block.media.filename = title;
    block.cache_ttl = read_cache_ttl(json);
    if (auto read = read_source(source, type, path, block.media); !read) return read;
    add_text(context, {}, message);
    message.blocks.push_back(std::move(block));
    return {};
  }

  /// A message of its own, before what else the user says: so all other formats have it. Media in
  /// it, which they don't, become the user's.
  Result<void> add_result(const Json& json, const std::string& path) {
    constexpr std::array<std::string_view, 5> known{
      "type", "tool_use_id", "content", "is_error", "cache_control"};
    drop_unknown(json, known, "tool_result", fields_);
    Message message;
    message.role = Role::tool;
    auto& result = message.blocks.emplace_back();
    result.kind = Block::Kind::tool_result;
    result.id = text_at(json, "tool_use_id");
    result.is_error = flag_at(json, "is_error");
    result.cache_ttl = read_cache_ttl(json);
    if (result.id.empty())
      return wrong_value(path + ".tool_use_id", "must name the call it answers");
    Message content;
    content.role = Role::tool;
    if (const auto* told = member(json, "content"))
      if (auto added = add_content(*told, path + ".content", content); !added) return added;
    for (auto& block : content.blocks) {
      if (block.kind == Block::Kind::text)
        result.text += (result.text.empty() ? "" : "\n") + block.text;
      else
        media_.push_back(std::move(block));
    }
    if (result.text.empty() && !media_.empty()) result.text = result_follows;
    messages_.push_back(std::move(message));
    return {};
  }

  Result<void> add_call(const Json& json, const std::string& path, Message& message) {
    constexpr std::array<std::string_view, 5> known{"type", "id", "name", "input", "cache_control"};
    drop_unknown(json, known, "tool_use", fields_);
    const auto* input = member(json, "input");
    Block block;
    block.kind = Block::Kind::tool_call;
    block.id = text_at(json, "id");
    block.name = text_at(json, "name");
    block.cache_ttl = read_cache_ttl(json);
    if (block.id.empty() || block.name.empty())
      return wrong_value(path, "must have an 'id' and a 'name'");
    if (input != nullptr && !input->is_object())
      return wrong_value(path + ".input", "must be an object");
    block.arguments = input ? json_text(*input) : "{}";
    const auto signature = read_signature(call_signature_);
    block.signature = signature.text;
    if (!block.signature.empty()) block.signature_origin = signature.dialect;
    call_signature_.clear();
    message.blocks.push_back(std::move(block));
    return {};
  }

  /// What others sign a call with stands before it, as thoughts that nobody can read.
  void add_thinking(const Json& json, Message& message) {
    const auto data = text_at(json, "data");
    if (data.starts_with(foreign_signature_mark)) {
      call_signature_ = data;
      return;
    }
    const auto signature = read_signature(text_at(json, "signature"));
    auto& block = message.blocks.emplace_back();
    block.kind = Block::Kind::reasoning;
    block.text = text_at(json, "thinking");
    block.redacted = data;
    block.signature = signature.text;
    block.signature_origin = signature.dialect;
  }

  RequestFields& fields_;
  std::vector<Message> messages_;
  std::vector<Block> media_;   // of results, to follow them
  std::string call_signature_; // of the call that comes next
};

} // namespace

std::string read_cache_ttl(const Json& block) {
  const auto* control = object_at(block, "cache_control");
  if (control == nullptr) return {};
  return text_at(*control, "ttl") == "1h" ? "1h" : "5m";
}

void drop_unknown(
  const Json& object,
  std::span<const std::string_view> known,
  std::string_view path,
  RequestFields& fields) {
  if (!object.is_object()) return;
  for (const auto& [name, value] : object.items())
    if (!value.is_null() && std::ranges::find(known, name) == known.end())
      fields.drop(std::string{path} + "." + name);
}

Result<std::vector<Message>> read_anthropic_messages(const Json& body, RequestFields& fields) {
  const auto* messages = member(body, "messages");
  if (messages == nullptr || !messages->is_array() || messages->empty())
    return wrong_value("messages", "must hold at least one message");
  Reader reader{fields};
  if (const auto* system = member(body, "system"))
    if (auto read = reader.read_system(*system); !read) return fail(std::move(read.error()));
  for (std::size_t i = 0; i < messages->size(); ++i)
    if (auto read = reader.read_message((*messages)[i], item_path("messages", i)); !read)
      return fail(std::move(read.error()));
  return std::move(reader).messages();
}

} // namespace gateway
