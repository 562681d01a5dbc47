#include "net/dialects/openai.hpp"

#include <charconv>

/// What OpenAI's own models refuse.
namespace gateway {
namespace {

constexpr std::string_view search_preview = "gpt-4o-search-preview";

/// The version of `gpt-5.4-mini` as 504, of `gpt-5` as 500; 0 if it is none of that family.
int gpt_version(std::string_view model) noexcept {
  constexpr std::string_view family = "gpt-";
  if (!model.starts_with(family)) return 0;
  model.remove_prefix(family.size());
  const auto number_at_front = [&model] {
    int number = 0;
    const auto [end, error] = std::from_chars(model.data(), model.data() + model.size(), number);
    if (error != std::errc{} || number < 0 || number > 99) return -1;
    model.remove_prefix(static_cast<std::size_t>(end - model.data()));
    return number;
  };
  const int major = number_at_front();
  if (major < 0) return 0; // gpt-oss
  int minor = 0;
  if (model.starts_with('.')) {
    model.remove_prefix(1);
    minor = std::max(number_at_front(), 0);
  }
  return major * 100 + minor;
}

/// o1, o3-mini, o4…
bool is_o_series(std::string_view model) noexcept {
  return model.size() >= 2 && model[0] == 'o' && model[1] >= '1' && model[1] <= '9'
    && (model.size() == 2 || model[2] == '-');
}

bool quirks_decide(const Target& target) noexcept {
  return target.quirks && target.quirks->max_tokens_field == "max_tokens";
}

} // namespace

bool is_openai_reasoner(const Target& target) noexcept {
  const auto model = target.upstream_model;
  if (quirks_decide(target) || model.find("-chat") != model.npos) return false;
  return is_o_series(model) || gpt_version(model) >= 500;
}

bool takes_all_sampling(const Target& target) noexcept {
  return !is_openai_reasoner(target) && !target.upstream_model.starts_with(search_preview);
}

bool takes_sampling(
  const Target& target, std::string_view parameter, std::string_view effort) noexcept {
  const auto model = target.upstream_model;
  if (parameter == "temperature" && model.starts_with(search_preview)) return quirks_decide(target);
  if (!is_openai_reasoner(target)) return true;
  if (parameter != "temperature" && parameter != "top_p") return false;
  return gpt_version(model) >= 501 && effort == "none";
}

std::string_view
effort_taken(const Target& target, std::string_view effort, bool has_tools) noexcept {
  const auto model = target.upstream_model;
  const auto version = gpt_version(model);
  const bool never_thinks = version > 0 && (version < 500 || model.find("-chat") != model.npos);
  if (never_thinks || (version >= 504 && has_tools)) return {};
  if (effort == "none") return version >= 501 ? effort : std::string_view{};
  if (version >= 600) return effort == "minimal" ? "low" : effort;
  return effort == "xhigh" || effort == "max" ? "high" : effort;
}

} // namespace gateway
