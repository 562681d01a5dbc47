#include "net/base/json_text.hpp"
#include "net/dialects/nested_fields.hpp"
#include "net/dialects/openai.hpp"
#include "net/dialects/splice.hpp"
#include "net/unified/json_cursor.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

/// A client's body on its way to a provider of the same format: model name replaced, usage switched
/// on, routing preferences cut out, quirks applied, and all the rest as the client wrote it.
namespace gateway {
namespace {

const Quirks no_quirks;

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// A parameter with its default value is refused by nobody's rule.
bool says_something(std::string_view name, std::string_view value) {
  if (name == "n") return value != "1" && value != "null";
  constexpr std::array<std::string_view, 5> nothing{"null", "false", "0", "{}", "[]"};
  return std::ranges::find(nothing, value) == nothing.end();
}

std::string json_string(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return quoted;
}

// Few requests have more fields.
constexpr std::size_t fields_inside = 32;

class RequestSplice {
public:
  RequestSplice(std::string_view body, const Envelope& envelope, const Target& target)
      : body_(body), envelope_(envelope), target_(target),
        quirks_(target.quirks ? *target.quirks : no_quirks), splice_(body),
        is_cut_(envelope.fields.size(), false) {
    for (const auto& one : envelope.fields) sent_as_.push_back(one.name);
  }

  Result<OutgoingRequest> write(bool chat) {
    for (std::size_t i = 0; i < envelope_.fields.size(); ++i)
      if (const auto refused = apply_lists(i); !refused.empty())
        return unsupported_value(std::string{refused});
    set_model();
    if (chat) {
      choose_max_tokens();
      set_usage();
      apply_model_rules();
      if (quirks_.developer_role == "system") rewrite_developer_roles();
    }
    if (!quirks_.clamp.empty() || !quirks_.rename.empty())
      for (std::size_t i = 0; i < envelope_.fields.size(); ++i) apply_values(i);
    for (const auto& path : quirks_.drop) drop_nested(path);
    add_extra_body();

    splice_.cut(envelope_.fields, is_cut_);
    append_added();
    OutgoingRequest outgoing;
    std::move(splice_).write(outgoing.body);
    outgoing.dropped = std::move(dropped_);
    return outgoing;
  }

private:
  const BodyField& field(std::size_t i) const { return envelope_.fields[i]; }

  std::string_view value(std::size_t i) const {
    return body_.substr(field(i).value_begin, field(i).value_end - field(i).value_begin);
  }

  void add(std::string_view name, std::string json) { added_.emplace_back(name, std::move(json)); }

  /// Whether a field will be sent under that name.
  bool sends(std::string_view name) const {
    for (std::size_t i = 0; i < sent_as_.size(); ++i)
      if (!is_cut_[i] && sent_as_[i] == name) return true;
    return std::ranges::find(added_, name, [](const auto& one) { return one.first; })
      != added_.end();
  }

  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  /// Where the field of that name is that will be sent, `nowhere` if there is none.
  std::size_t find(std::string_view name) const {
    for (std::size_t i = 0; i < envelope_.fields.size(); ++i)
      if (!is_cut_[i] && field(i).name == name) return i;
    return nowhere;
  }

  void drop(std::size_t i) {
    is_cut_[i] = true;
    note(field(i).name);
  }

  void note(std::string_view name) {
    if (!contains(dropped_, name)) dropped_.emplace_back(name);
  }

  /// The parameter that is refused, or "".
  std::string_view apply_lists(std::size_t i) {
    const auto name = field(i).name;
    if (name == "models" || name == "provider") {
      is_cut_[i] = true; // the router's; never sent on
    } else if (contains(quirks_.reject, name)) {
      if (!says_something(name, value(i)))
        is_cut_[i] = true;
      else if (quirks_.drop_unsupported)
        drop(i);
      else
        return name;
    } else if (contains(quirks_.drop, name)) {
      drop(i);
    }
    return {};
  }

  void set_model() {
    auto name = json_string(target_.upstream_model);
    if (const auto i = find("model"); i != nowhere)
      splice_.replace(field(i).value_begin, field(i).value_end, std::move(name));
    else
      add("model", std::move(name));
  }

  /// One bound on tokens under the name this provider knows; `max_completion_tokens` wins.
  void choose_max_tokens() {
    const auto newer = find("max_completion_tokens");
    const auto older = find("max_tokens");
    if (newer == nowhere && older == nowhere) return;
    std::string_view wanted = quirks_.max_tokens_field;
    if (wanted.empty() && is_openai_reasoner(target_)) wanted = "max_completion_tokens";
    if (wanted.empty()) return;
    const bool newer_wins = newer != nowhere && value(newer) != "null";
    const auto winner = newer_wins || older == nowhere ? newer : older;
    const auto loser = winner == newer ? older : newer;
    if (loser != nowhere) is_cut_[loser] = true;
    if (field(winner).name != wanted) rename(winner, wanted);
  }

  void rename(std::size_t i, std::string_view name) {
    if (sent_as_[i] != field(i).name) return; // once
    sent_as_[i] = name;
    splice_.replace(field(i).begin, field(i).value_begin, json_name(name));
  }

  /// Metering needs the usage whether the client wants to see it or not.
  void set_usage() {
    if (!envelope_.stream) return;
    constexpr std::string_view name = "stream_options";
    const auto i = find(name);
    if (!asks_for_usage()) {
      if (i != nowhere) is_cut_[i] = true;
    } else if (i == nowhere) {
      add(name, R"({"include_usage":true})");
    } else {
      splice_.replace(field(i).value_begin, field(i).value_end, with_usage(i));
    }
  }

  /// Some tell their usage unasked, and some of them refuse to be asked.
  bool asks_for_usage() const {
    const bool by_option = quirks_.stream_usage.empty() || quirks_.stream_usage == "option";
    return by_option && !contains(quirks_.drop, "stream_options")
      && !contains(quirks_.reject, "stream_options");
  }

  /// The client's stream options, the usage switched on.
  std::string with_usage(std::size_t i) {
    std::string text = "{";
    auto cursor = JsonTokens::of_this_thread().read(value(i));
    for (const auto& option : take_fields(cursor, 0)) {
      const auto path = "stream_options." + std::string{option.name};
      if (contains(quirks_.drop, path))
        note(path);
      else if (option.name != "include_usage")
        text.append(value(i), option.begin, option.value_end - option.begin) += ',';
    }
    return text + R"("include_usage":true})";
  }

  void rewrite_developer_roles() {
    const auto i = find("messages");
    if (i != nowhere) rewrite_developers(value(i), field(i).value_begin, splice_);
  }

  void apply_model_rules() {
    if (takes_all_sampling(target_)) return;
    const auto effort_at = find("reasoning_effort");
    auto effort = effort_at == nowhere ? std::string_view{} : value(effort_at);
    if (effort.size() >= 2 && effort.front() == '"') effort = effort.substr(1, effort.size() - 2);
    for (const std::string_view name :
         {"temperature", "top_p", "presence_penalty", "frequency_penalty"}) {
      const auto i = find(name);
      if (i != nowhere && !takes_sampling(target_, name, effort)) drop(i);
    }
  }

  /// Clamps and renames what is left.
  void apply_values(std::size_t i) {
    const auto name = field(i).name;
    if (is_cut_[i]) return;
    if (const auto bounds = quirks_.clamp.find(std::string{name}); bounds != quirks_.clamp.end())
      clamp(i, bounds->second.first, bounds->second.second);
    const auto renamed = quirks_.rename.find(std::string{name});
    if (renamed == quirks_.rename.end() || name == "model") return;
    if (sends(renamed->second))
      is_cut_[i] = true; // the client wrote it under the vendor's own name too
    else
      rename(i, renamed->second);
  }

  void clamp(std::size_t i, double low, double high) {
    const auto number = json_number(value(i));
    if (!number || (*number >= low && *number <= high)) return;
    std::string bound;
    append_real(bound, *number < low ? low : high);
    splice_.replace(field(i).value_begin, field(i).value_end, std::move(bound));
    note(field(i).name);
  }

  static void append_real(std::string& out, double number) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
  }

  /// `messages[].name`, `stream_options.include_obfuscation`: a field of an object, or of each
  /// object in an array, at the top level.
  void drop_nested(std::string_view path) {
    const auto dot = path.find('.');
    if (dot == path.npos) return;
    auto top = path.substr(0, dot);
    const bool in_array = top.ends_with("[]");
    if (in_array) top.remove_suffix(2);
    const auto i = find(top);
    // with_usage() has been over the options.
    if (i == nowhere || (envelope_.stream && top == "stream_options")) return;
    if (cut_nested(value(i), field(i).value_begin, in_array, path.substr(dot + 1), splice_))
      note(path);
  }

  void add_extra_body() {
    for (const auto& [name, text] : quirks_.extra_body)
      if (!sends(name)) add(name, text);
  }

  void append_added() {
    if (added_.empty()) return;
    // The body is an object with at least a model or models, so there is a last field.
    const auto end = envelope_.fields.back().value_end;
    bool first = std::ranges::find(is_cut_, false) == is_cut_.end();
    std::string text;
    for (const auto& [name, json] : added_) {
      if (!std::exchange(first, false)) text += ',';
      text += json_name(name) + json;
    }
    splice_.replace(end, end, std::move(text));
  }

  std::string_view body_;
  const Envelope& envelope_;
  const Target& target_;
  const Quirks& quirks_;
  Splice splice_;
  boost::container::small_vector<bool, fields_inside> is_cut_;              // by field
  boost::container::small_vector<std::string_view, fields_inside> sent_as_; // by field
  std::vector<std::pair<std::string_view, std::string>> added_;             // names and values
  std::vector<std::string> dropped_;
};

} // namespace

Result<OutgoingRequest>
splice_openai(bool chat, std::string_view body, const Envelope& envelope, const Target& target) {
  return RequestSplice{body, envelope, target}.write(chat);
}

} // namespace gateway
