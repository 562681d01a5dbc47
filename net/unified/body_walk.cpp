#include "net/unified/body_walk.hpp"

#include <cmath>
#include <functional>
#include <limits>

namespace gateway {
namespace {

constexpr std::size_t model_name_bytes_max = 256;

bool lies_in(std::string_view part, std::string_view whole) noexcept {
  const std::less_equal<const char*> not_behind;
  return not_behind(whole.data(), part.data())
    && not_behind(part.data() + part.size(), whole.data() + whole.size());
}

} // namespace

void BodyWalk::note(ErrorKind kind, std::string message, std::string param) {
  if (!error_) error_ = Error{kind, std::move(message), std::move(param), {}};
}

bool BodyWalk::wrong(std::string param, std::string_view message) {
  note(
    ErrorKind::invalid_value,
    param.empty() ? std::string{message} : "'" + param + "' " + std::string{message},
    std::move(param));
  return cursor_.skip();
}

std::size_t BodyWalk::begin_field(std::string_view name) {
  auto& fields = envelope_.fields;
  if (fields.size() == body_fields_max) {
    note(ErrorKind::invalid_value, "the body has too many fields", "");
    return body_fields_max;
  }
  if (!lies_in(name, cursor_.text()))
    name = *envelope_.owned.emplace_back(std::make_unique<std::string>(name));
  fields.push_back({name, cursor_.name_begin(), cursor_.begin(), 0});
  return fields.size() - 1;
}

bool BodyWalk::end_field(std::size_t index) {
  if (index < body_fields_max) envelope_.fields[index].value_end = cursor_.end();
  return true;
}

bool BodyWalk::take_text(std::string_view& text) {
  if (!cursor_.string(text)) return false;
  if (text.find('\\') != text.npos)
    text = *envelope_.owned.emplace_back(std::make_unique<std::string>(unescape_json(text)));
  return true;
}

bool BodyWalk::skip_text() {
  const auto from = cursor_.begin();
  if (!cursor_.skip()) return false;
  envelope_.text_bytes += static_cast<std::int64_t>(cursor_.end() - from);
  return true;
}

bool BodyWalk::take_flag(std::string_view param, bool& flag) {
  const char first = cursor_.peek();
  if (first != 't' && first != 'f' && first != 'n')
    return wrong(std::string{param}, "must be true or false");
  std::string_view raw;
  if (!cursor_.scalar(raw)) return false;
  if (raw != "null") flag = raw == "true";
  return true;
}

bool BodyWalk::take_count(
  std::string_view param,
  std::int64_t least,
  std::int64_t most,
  std::optional<std::int64_t>& count) {
  const char first = cursor_.peek();
  const bool is_scalar = first == '-' || first == 'n' || (first >= '0' && first <= '9');
  const auto expected = [&] {
    constexpr auto any = std::numeric_limits<std::int64_t>::max();
    const auto range = most == any ? "at least " + std::to_string(least)
                                   : std::to_string(least) + " to " + std::to_string(most);
    return "must be a whole number, " + range;
  };
  if (!is_scalar) return wrong(std::string{param}, expected());
  std::string_view raw;
  if (!cursor_.scalar(raw)) return false;
  if (raw == "null") return true;
  const auto number = json_integer(raw);
  if (number && *number >= least && *number <= most)
    count = number;
  else
    note(
      ErrorKind::invalid_value, "'" + std::string{param} + "' " + expected(), std::string{param});
  return true;
}

bool BodyWalk::take_common(std::string_view name) {
  if (name == "model") return take_model();
  if (name == "models") return take_names("models", envelope_.preferences.models);
  if (name == "provider") return take_provider();
  return cursor_.skip();
}

bool BodyWalk::take_model() {
  if (cursor_.peek() != '"') return wrong("model", "must be a string");
  if (!take_text(envelope_.model)) return false;
  if (envelope_.model.empty() || envelope_.model.size() > model_name_bytes_max)
    note(ErrorKind::invalid_value, "'model' must have 1 to 256 bytes", "model");
  return true;
}

bool BodyWalk::take_names(std::string param, std::vector<std::string>& names) {
  if (cursor_.peek() == 'n') return cursor_.skip();
  if (cursor_.peek() != '[') return wrong(std::move(param), "must be an array of strings");
  return cursor_.array([&] {
    if (cursor_.peek() != '"') return wrong(param, "must be an array of strings");
    std::string_view name;
    if (!take_text(name)) return false;
    if (names.size() == preference_names_max || name.empty() || name.size() > model_name_bytes_max)
      note(ErrorKind::invalid_value, "'" + param + "' has too many or too long names", param);
    else
      names.emplace_back(name);
    return true;
  });
}

bool BodyWalk::take_provider() {
  if (cursor_.peek() == 'n') return cursor_.skip();
  if (cursor_.peek() != '{') return wrong("provider", "must be an object");
  auto& wanted = envelope_.preferences;
  return cursor_.object([&](std::string_view name) {
    if (name == "order") return take_names("provider.order", wanted.order);
    if (name == "only") return take_names("provider.only", wanted.only);
    if (name == "ignore") return take_names("provider.ignore", wanted.ignore);
    if (name == "allow_fallbacks")
      return take_flag("provider.allow_fallbacks", wanted.allow_fallbacks);
    if (name == "sort") return take_sort();
    if (name == "max_price") return take_max_price();
    return cursor_.skip();
  });
}

bool BodyWalk::take_sort() {
  if (cursor_.peek() == 'n') return cursor_.skip();
  constexpr auto expected = "must be price, throughput or latency";
  if (cursor_.peek() != '"') return wrong("provider.sort", expected);
  std::string_view sort;
  if (!take_text(sort)) return false;
  if (sort == "price" || sort == "throughput" || sort == "latency")
    envelope_.preferences.sort = sort;
  else
    note(ErrorKind::invalid_value, std::string{"'provider.sort' "} + expected, "provider.sort");
  return true;
}

bool BodyWalk::take_max_price() {
  if (cursor_.peek() == 'n') return cursor_.skip();
  if (cursor_.peek() != '{') return wrong("provider.max_price", "must be an object");
  auto& wanted = envelope_.preferences;
  return cursor_.object([&](std::string_view name) {
    if (name == "prompt") return take_price("provider.max_price.prompt", wanted.max_price_input);
    if (name == "completion")
      return take_price("provider.max_price.completion", wanted.max_price_output);
    return cursor_.skip();
  });
}

/// OpenRouter takes prices as numbers and as strings that hold one.
bool BodyWalk::take_price(std::string param, std::optional<double>& price) {
  if (cursor_.peek() == 'n') return cursor_.skip();
  if (cursor_.peek() == '{' || cursor_.peek() == '[') return wrong(param, "must be a number");
  std::string_view raw;
  if (!(cursor_.peek() == '"' ? cursor_.string(raw) : cursor_.scalar(raw))) return false;
  const auto number = json_number(raw);
  if (number && std::isfinite(*number) && *number >= 0)
    price = number;
  else
    note(ErrorKind::invalid_value, "'" + param + "' must be a number, at least 0", param);
  return true;
}

Result<Envelope> BodyWalk::finish() {
  if (cursor_.fault() == JsonFault::none) cursor_.at_end();
  if (cursor_.fault() != JsonFault::none)
    return fail(
      ErrorKind::invalid_json,
      "the body is not valid JSON: " + std::string{fault_text(cursor_.fault())} + " (at byte "
        + std::to_string(cursor_.fault_at()) + ")");
  if (error_) return fail(*std::move(error_));
  if (envelope_.model.empty() && envelope_.preferences.models.empty())
    return fail(ErrorKind::missing_field, "'model' is missing", "model");
  return std::move(envelope_);
}

} // namespace gateway
