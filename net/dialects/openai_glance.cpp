#include "net/dialects/openai_glance.hpp"

#include "net/base/json_text.hpp"
#include "net/dialects/splice.hpp"
#include "net/unified/json_cursor.hpp"

#include <algorithm>

namespace gateway {
namespace {

class GlanceWalk {
public:
  GlanceWalk(JsonCursor cursor, Glance& seen) : cursor_(cursor), seen_(seen) {
    cursor_.tolerate_duplicates();
  }

  void walk() {
    seen_.valid = cursor_.peek() == '{' && cursor_.object([this](std::string_view name) {
      const auto begin = cursor_.name_begin();
      const auto value_begin = cursor_.begin();
      if (!take_field(name)) return false;
      seen_.fields.push_back({name, begin, value_begin, cursor_.end()});
      return true;
    }) && cursor_.at_end();
  }

private:
  bool take_field(std::string_view name) {
    if (name == "choices") return take_choices();
    if (name == "usage") return take_usage();
    if (name == "id") return take_string(seen_.id);
    if (name == "model") return take_string(seen_.model);
    if (name == "created") return cursor_.skip(seen_.created);
    if (name == "error") return take_error();
    if (name == "object") return take_object();
    if (name == "obfuscation") return take_padding();
    if (name == "x_groq") return take_groq();
    if (name == "base_resp") return take_wrapper();
    if (name == "data") return take_vectors();
    return cursor_.skip();
  }

  bool take_string(std::string_view& raw) {
    return cursor_.peek() == '"' ? cursor_.string(raw) : cursor_.skip();
  }

  bool take_padding() {
    std::string_view raw;
    if (!take_string(raw)) return false;
    seen_.padding_end = cursor_.end() - 1;
    seen_.padding_begin = seen_.padding_end - raw.size();
    return true;
  }

  bool take_error() {
    std::string_view raw;
    if (!cursor_.skip(raw)) return false;
    seen_.has_error = seen_.has_error || (raw != "null" && raw != "\"\"" && raw != "false");
    return true;
  }

  /// Errors of Mistral's and of older vLLM's are flat.
  bool take_object() {
    std::string_view raw;
    if (!take_string(raw)) return false;
    if (raw == "error") seen_.has_error = true;
    return true;
  }

  /// MiniMax tells its failures in a wrapper.
  bool take_wrapper() {
    if (cursor_.peek() != '{') return cursor_.skip();
    return cursor_.object([this](std::string_view name) {
      std::string_view raw;
      if (!cursor_.skip(raw)) return false;
      if (name == "status_code" && raw != "0" && raw != "null") seen_.has_error = true;
      return true;
    });
  }

  bool take_usage() {
    if (cursor_.peek() != '{') return cursor_.skip();
    seen_.usage_field = seen_.fields.size(); // where this field will be
    seen_.usage = read_openai_usage(cursor_);
    return cursor_.fault() == JsonFault::none;
  }

  bool take_groq() {
    if (cursor_.peek() != '{') return cursor_.skip();
    return cursor_.object([this](std::string_view name) {
      if (name != "usage" || seen_.usage.known) return cursor_.skip();
      seen_.usage = read_openai_usage(cursor_);
      return cursor_.fault() == JsonFault::none;
    });
  }

  bool take_choices() {
    if (cursor_.peek() != '[') return cursor_.skip();
    return cursor_.array([this] {
      if (cursor_.peek() != '{') return cursor_.skip();
      Glance::Choice choice;
      const bool good =
        cursor_.object([&](std::string_view name) { return take_choice_field(name, choice); });
      if (seen_.choices.size() == answer_choices_max)
        seen_.too_many_choices = true;
      else
        seen_.choices.push_back(choice);
      return good;
    });
  }

  bool take_choice_field(std::string_view name, Glance::Choice& choice) {
    if (name == "delta" || name == "message") return take_message();
    if (name == "finish_reason" && cursor_.peek() == '"') {
      choice.finish_begin = cursor_.begin();
      const bool good = cursor_.string(choice.finish);
      choice.finish_end = cursor_.end();
      return good;
    }
    std::string_view raw;
    if (!cursor_.skip(raw)) return false;
    if (name == "index") choice.index = json_integer(raw).value_or(0);
    return true;
  }

  bool take_message() {
    if (cursor_.peek() != '{') return cursor_.skip();
    return cursor_.object([this](std::string_view name) {
      if (name == "role") return cursor_.skip();
      if (name == "tool_calls" && cursor_.peek() == '[')
        return cursor_.array([this] { return take_call(); });
      return take_text();
    });
  }

  bool take_call() {
    if (cursor_.peek() != '{') return cursor_.skip();
    return cursor_.object([this](std::string_view name) {
      if (name != "function" || cursor_.peek() != '{') return cursor_.skip();
      return cursor_.object([this](std::string_view part) {
        return part == "arguments" ? take_text() : cursor_.skip();
      });
    });
  }

  /// A string of the model's, or whatever else stands in its place.
  bool take_text() {
    std::string_view raw;
    const bool is_string = cursor_.peek() == '"';
    if (!(is_string ? cursor_.string(raw) : cursor_.skip(raw))) return false;
    if (raw == "null" && !is_string) return true;
    ++seen_.texts;
    seen_.text_bytes += static_cast<std::int64_t>(raw.size());
    seen_.text_end = cursor_.end() - (is_string ? 1 : 0);
    seen_.text_begin = seen_.text_end - raw.size();
    if (!is_string) seen_.texts = 2; // an array or object is no string whose content may vary
    return true;
  }

  bool take_vectors() {
    if (cursor_.peek() != '[') return cursor_.skip();
    return cursor_.array([this] {
      if (cursor_.peek() != '{') return cursor_.skip();
      return cursor_.object([this](std::string_view name) {
        if (name == "embedding") seen_.vectors_are_text = cursor_.peek() == '"';
        return cursor_.skip();
      });
    });
  }

  JsonCursor cursor_;
  Glance& seen_;
};

bool is_unknown_finish(const Glance::Choice& choice) noexcept {
  const auto reason = choice.finish;
  return !reason.empty() && reason != "function_call" && !is_error_finish(reason)
    && openai_finish_text(read_openai_finish(reason)) != reason;
}

} // namespace

void take_glance(std::string_view text, Glance& glance) {
  glance = {};
  GlanceWalk{JsonTokens::of_this_thread().read(text), glance}.walk();
}

bool is_of_no_answer(const Glance& glance) noexcept {
  return glance.choices.empty() && glance.id.empty() && glance.usage_field == Glance::none;
}

bool has_unknown_finish(const Glance& glance) noexcept {
  return std::ranges::any_of(glance.choices, is_unknown_finish);
}

void rename_finishes(const Glance& glance, Splice& splice) {
  for (const auto& choice : glance.choices) {
    if (!is_unknown_finish(choice)) continue;
    std::string reason;
    append_json_string(reason, openai_finish_text(read_openai_finish(choice.finish)));
    splice.replace(choice.finish_begin, choice.finish_end, std::move(reason));
  }
}

} // namespace gateway
