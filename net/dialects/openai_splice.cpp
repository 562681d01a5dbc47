#include "net/dialects/nested_fields.hpp"
#include "net/dialects/openai.hpp"
#include "net/dialects/request_splice.hpp"
#include "net/unified/json_cursor.hpp"

/// What OpenAI's format wants changed in a body that is spliced: usage switched on, bounds, roles
/// and sampling as the model's rules say.
namespace gateway {
namespace {

class OpenAiSplice : private RequestSplice {
public:
  OpenAiSplice(std::string_view body, const Envelope& envelope, const Target& target)
      : RequestSplice(body, envelope, target) {}

  Result<OutgoingRequest> write(bool chat) {
    if (auto listed = apply_lists(); !listed) return fail(std::move(listed.error()));
    set_model();
    if (chat) {
      choose_max_tokens();
      set_usage();
      apply_model_rules();
      if (quirks_.developer_role == "system") rewrite_developer_roles();
    }
    apply_quirks();
    return written();
  }

private:
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
    if (loser != nowhere) cut(loser);
    if (field(winner).name != wanted) rename(winner, wanted);
  }

  /// Metering needs the usage whether the client wants to see it or not.
  void set_usage() {
    if (!envelope_.stream) return;
    constexpr std::string_view name = "stream_options";
    const auto i = find(name);
    if (!asks_for_usage()) {
      if (i != nowhere) cut(i);
    } else if (i == nowhere) {
      add(name, R"({"include_usage":true})");
    } else {
      replace(i, with_usage(i));
    }
  }

  /// Some tell their usage unasked, and some of them refuse to be asked.
  bool asks_for_usage() const {
    const bool by_option = quirks_.stream_usage.empty() || quirks_.stream_usage == "option";
    return by_option && !drops("stream_options") && !rejects("stream_options");
  }

  /// The client's stream options, the usage switched on.
  std::string with_usage(std::size_t i) {
    std::string text = "{";
    auto cursor = JsonTokens::of_this_thread().read(value(i));
    for (const auto& option : take_fields(cursor, 0)) {
      const auto path = "stream_options." + std::string{option.name};
      if (drops(path))
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
};

} // namespace

Result<OutgoingRequest>
splice_openai(bool chat, std::string_view body, const Envelope& envelope, const Target& target) {
  return OpenAiSplice{body, envelope, target}.write(chat);
}

} // namespace gateway
