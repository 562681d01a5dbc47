#include "net/dialects/gemini.hpp"
#include "net/dialects/media_source.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <unordered_map>

namespace gateway {
namespace {

/// What Google documents to stand for a signature that was lost (section 2, "Thought signatures").
constexpr std::string_view lost_signature = "skip_thought_signature_validator";

struct Extension {
  std::string_view name;
  std::string_view mime;
};
constexpr std::array extensions{
  Extension{".png", "image/png"},
  Extension{".jpg", "image/jpeg"},
  Extension{".jpeg", "image/jpeg"},
  Extension{".webp", "image/webp"},
  Extension{".gif", "image/gif"},
  Extension{".pdf", "application/pdf"},
  Extension{".mp3", "audio/mp3"},
  Extension{".wav", "audio/wav"},
  Extension{".mp4", "video/mp4"},
};

std::string_view mime_of_url(std::string_view url) noexcept {
  url = url.substr(0, url.find_first_of("?#"));
  for (const auto& extension : extensions)
    if (url.ends_with(extension.name)) return extension.mime;
  return {};
}

/// What Gemini knows without fetching it from anywhere: its own files, and videos of YouTube.
bool is_googles(std::string_view url) noexcept {
  return url.starts_with("https://generativelanguage.googleapis.com/")
    || url.starts_with("https://www.youtube.com/") || url.starts_with("https://youtu.be/");
}

class Writer {
public:
  Writer(const ChatRequest& request, const GeminiModel& model, RequestFields& fields)
      : request_(request), model_(model), fields_(fields) {}

  Result<GeminiContents> write() {
    for (std::size_t i = 0; i < request_.messages.size(); ++i) {
      const auto& message = request_.messages[i];
      if (!message.name.empty()) fields_.drop("name");
      first_call_ = true;
      for (std::size_t j = 0; j < message.blocks.size(); ++j) {
        place_ = "messages[" + std::to_string(i) + "]";
        part_ = place_ + ".content[" + std::to_string(j) + "]";
        if (!message.blocks[j].cache_ttl.empty()) fields_.drop("cache_control");
        if (auto written = write_block(message.role, message.blocks[j]); !written)
          return fail(std::move(written.error()));
      }
    }
    end_turn();
    if (written_.contents.empty())
      return fail(ErrorKind::invalid_value, "this provider needs a user's message", "messages");
    if (!model_.system_instruction) prepend_system();
    return std::move(written_);
  }

private:
  Result<void> write_block(Role role, const Block& block) {
    switch (block.kind) {
    case Block::Kind::text:
    case Block::Kind::refusal:
      if (!block.text.empty()) add(role, Json{{"text", block.text}});
      return {};
    case Block::Kind::image:
    case Block::Kind::audio:
    case Block::Kind::file: return write_medium(role, block);
    case Block::Kind::tool_call: return write_call(block);
    case Block::Kind::tool_result: return write_result(block);
    case Block::Kind::reasoning: return {}; // thoughts are not replayed, only their signatures
    }
    return {};
  }

  Result<void> write_medium(Role role, const Block& block) {
    const auto& media = block.media;
    if (role == Role::system) return fields_.refuse(part_, "a system message is text only");
    if (!media.detail.empty() && media.detail != "auto") fields_.drop("detail");
    if (const auto bytes = media_bytes(media)) {
      if (bytes->mime.empty()) return fields_.refuse(part_, "it has no media type");
      // OpenAI's mp3 is Gemini's by another name.
      const auto mime = bytes->mime == "audio/mpeg" ? std::string_view{"audio/mp3"} : bytes->mime;
      add(role, Json{{"inlineData", {{"mimeType", mime}, {"data", bytes->base64}}}});
      return {};
    }
    const auto& url = is_web_url(media.file_id) ? media.file_id : media.url;
    if (!is_web_url(url) || (!model_.web_urls && !is_googles(url)))
      return fields_.refuse(part_, "the model takes base64 data URLs, and not this");
    Json data{{"fileUri", url}};
    if (const auto mime = media.mime.empty() ? mime_of_url(url) : media.mime; !mime.empty())
      data["mimeType"] = mime;
    add(role, Json{{"fileData", std::move(data)}});
    return {};
  }

  Result<void> write_call(const Block& block) {
    auto args = block.arguments.empty() ? Json::object() : parse_json_object(block.arguments);
    if (!args)
      return fail(
        ErrorKind::invalid_value,
        "a tool call's arguments are no JSON object",
        place_ + ".tool_calls");
    Json call = Json::object();
    if (!block.id.empty()) call["id"] = block.id;
    call["name"] = block.name;
    call["args"] = *std::move(args);
    Json part{{"functionCall", std::move(call)}};
    const auto is_signed = !block.signature.empty() && block.signature_origin == gemini_name;
    if (is_signed)
      part["thoughtSignature"] = block.signature;
    else if (model_.signatures && first_call_)
      part["thoughtSignature"] = lost_signature;
    first_call_ = false;
    names_.insert_or_assign(block.id, block.name);
    add(Role::assistant, std::move(part));
    return {};
  }

  Result<void> write_result(const Block& block) {
    const auto name = names_.find(block.id);
    if (name == names_.end())
      return fail(
        ErrorKind::invalid_value, "no tool call before has this id", place_ + ".tool_call_id");
    auto output = parse_json(block.text);
    if (!output || !output->is_structured()) output = Json(block.text);
    Json response = Json::object();
    response["id"] = block.id;
    response["name"] = name->second;
    response["response"][block.is_error ? "error" : "output"] = *std::move(output);
    begin_turn(Role::user);
    results_.push_back(Json{{"functionResponse", std::move(response)}});
    return {};
  }

  void add(Role role, Json part) {
    if (role == Role::system) {
      written_.system_parts.push_back(std::move(part));
      return;
    }
    begin_turn(role == Role::assistant ? Role::assistant : Role::user);
    others_.push_back(std::move(part));
  }

  void begin_turn(Role role) {
    if (role != role_) end_turn();
    role_ = role;
  }

  /// Neighbours of one role are one content; results of functions follow their calls at once.
  void end_turn() {
    if (results_.empty() && others_.empty()) return;
    auto parts = std::exchange(results_, Json::array());
    for (auto& part : others_) parts.push_back(std::move(part));
    others_ = Json::array();
    written_.contents.push_back(
      Json{{"role", role_ == Role::assistant ? "model" : "user"}, {"parts", std::move(parts)}});
  }

  /// Gemma reads its instruction in front of the user's first words.
  void prepend_system() {
    if (written_.system_parts.empty()) return;
    auto parts = std::exchange(written_.system_parts, Json::array());
    auto& contents = written_.contents;
    if (contents[0]["role"] == "user") {
      for (auto& part : contents[0]["parts"]) parts.push_back(std::move(part));
      contents[0]["parts"] = std::move(parts);
    } else {
      contents.insert(contents.begin(), Json{{"role", "user"}, {"parts", std::move(parts)}});
    }
  }

  const ChatRequest& request_;
  const GeminiModel& model_;
  RequestFields& fields_;
  GeminiContents written_;
  std::unordered_map<std::string, std::string> names_; // of the calls so far, by id
  Role role_ = Role::user;                             // of the turn under way
  Json results_ = Json::array();
  Json others_ = Json::array();
  std::string place_;
  std::string part_;
  bool first_call_ = true; // of the message: the one that must be signed
};

} // namespace

Result<GeminiContents>
write_gemini_contents(const ChatRequest& request, const GeminiModel& model, RequestFields& fields) {
  return Writer(request, model, fields).write();
}

} // namespace gateway
