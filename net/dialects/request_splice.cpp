#include "net/dialects/request_splice.hpp"

#include "net/base/json_text.hpp"
#include "net/dialects/nested_fields.hpp"
#include "net/unified/json_cursor.hpp"

#include <algorithm>
#include <array>
#include <charconv>

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

void append_real(std::string& out, double number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

} // namespace

RequestSplice::RequestSplice(
  std::string_view body, const Envelope& envelope, const Target& target, NameOf name_of)
    : body_(body), envelope_(envelope), target_(target),
      quirks_(target.quirks ? *target.quirks : no_quirks), splice_(body), name_of_(name_of),
      is_cut_(envelope.fields.size(), false), is_done_(envelope.fields.size(), false) {
  for (const auto& one : envelope.fields) sent_as_.push_back(one.name);
}

Result<void> RequestSplice::apply_lists() {
  for (std::size_t i = 0; i < envelope_.fields.size(); ++i)
    if (const auto refused = apply_lists(i); !refused.empty()) {
      auto message =
        "'" + std::string{refused} + "' is not supported by the provider this request is meant for";
      return fail(ErrorKind::unsupported_parameter, std::move(message), std::string{refused});
    }
  return {};
}

/// The parameter that is refused, or "".
std::string_view RequestSplice::apply_lists(std::size_t i) {
  const auto name = field(i).name;
  if (name == "models" || name == "provider") {
    cut(i); // the router's; never sent on
  } else if (rejects(name)) {
    if (!says_something(name, value(i)))
      cut(i);
    else if (quirks_.drop_unsupported)
      drop(i);
    else
      return name;
  } else if (drops(name)) {
    drop(i);
  }
  return {};
}

void RequestSplice::set_model() {
  auto name = json_string(target_.upstream_model);
  if (const auto i = find("model"); i != nowhere)
    replace(i, std::move(name));
  else
    add("model", std::move(name));
}

void RequestSplice::apply_quirks() {
  if (!quirks_.clamp.empty() || !quirks_.rename.empty())
    for (std::size_t i = 0; i < envelope_.fields.size(); ++i) apply_values(i);
  for (const auto& path : quirks_.drop)
    if (name_of_ != nullptr)
      drop_nested(name_of_(path));
    else
      drop_nested(path);
  for (const auto& [name, text] : quirks_.extra_body)
    if (!sends(name)) add(name, text);
}

OutgoingRequest RequestSplice::written() {
  splice_.cut(envelope_.fields, is_cut_);
  append_added();
  OutgoingRequest outgoing;
  std::move(splice_).write(outgoing.body);
  outgoing.dropped = std::move(dropped_);
  return outgoing;
}

/// Whether a field will be sent under that name.
bool RequestSplice::sends(std::string_view name) const {
  for (std::size_t i = 0; i < sent_as_.size(); ++i)
    if (!is_cut_[i] && sent_as_[i] == name) return true;
  return std::ranges::find(added_, name, [](const auto& one) { return one.first; }) != added_.end();
}

std::size_t RequestSplice::find(std::string_view name) const {
  for (std::size_t i = 0; i < envelope_.fields.size(); ++i)
    if (!is_cut_[i] && field(i).name == name) return i;
  return nowhere;
}

void RequestSplice::replace(std::size_t i, std::string json) {
  been_over(i);
  splice_.replace(field(i).value_begin, field(i).value_end, std::move(json));
}

void RequestSplice::rename(std::size_t i, std::string_view name) {
  if (sent_as_[i] != field(i).name) return; // once
  sent_as_[i] = name;
  splice_.replace(field(i).begin, field(i).value_begin, json_name(name));
}

void RequestSplice::drop(std::size_t i) {
  cut(i);
  note(field(i).name);
}

void RequestSplice::note(std::string_view name) {
  if (!contains(dropped_, name)) dropped_.emplace_back(name);
}

bool RequestSplice::lists(const std::vector<std::string>& names, std::string_view name) const {
  return contains(names, name)
    || (name_of_ != nullptr && std::ranges::any_of(names, [&](const std::string& param) {
           return name_of_(param) == name;
         }));
}

/// Clamps and renames what is left.
void RequestSplice::apply_values(std::size_t i) {
  const auto name = field(i).name;
  if (is_cut_[i]) return;
  if (const auto bounds = quirks_.clamp.find(std::string{name}); bounds != quirks_.clamp.end())
    clamp(i, bounds->second.first, bounds->second.second);
  const auto renamed = quirks_.rename.find(std::string{name});
  if (renamed == quirks_.rename.end() || name == "model") return;
  if (sends(renamed->second))
    cut(i); // the client wrote it under the vendor's own name too
  else
    rename(i, renamed->second);
}

void RequestSplice::clamp(std::size_t i, double low, double high) {
  const auto number = json_number(value(i));
  if (!number || (*number >= low && *number <= high)) return;
  std::string bound;
  append_real(bound, *number < low ? low : high);
  replace(i, std::move(bound));
  note(field(i).name);
}

/// `messages[].name`, `stream_options.include_obfuscation`: a field of an object, or of each object
/// in an array, at the top level. Whoever replaced a field has been over what is in it.
void RequestSplice::drop_nested(std::string_view path) {
  const auto dot = path.find('.');
  if (dot == path.npos) return;
  auto top = path.substr(0, dot);
  const bool in_array = top.ends_with("[]");
  if (in_array) top.remove_suffix(2);
  const auto i = find(top);
  if (i == nowhere || is_done_[i]) return;
  if (cut_nested(value(i), field(i).value_begin, in_array, path.substr(dot + 1), splice_))
    note(path);
}

void RequestSplice::append_added() {
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

} // namespace gateway
