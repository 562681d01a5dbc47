#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Levels of nesting that are read; the outermost value is the first.
constexpr unsigned json_levels_max = 64;
/// Fields of one object that is read by name (others are only skipped).
constexpr std::size_t json_fields_max = 4096;

enum class JsonFault : std::uint8_t {
  none,
  empty,
  invalid_utf8,
  unclosed_string,
  control_character,
  bad_escape,
  bad_token,
  too_deep,
  too_many_fields,
  duplicate_name,
  too_large,
};

/// Why a text is no JSON for us, for a person: "the same name stands twice in an object".
std::string_view fault_text(JsonFault fault) noexcept;

/// Reads JSON front to back without building anything: values are taken, or skipped and validated
/// all the same, and what a caller wants of them are spans of the text. A text whose values were
/// all taken, up to `at_end`, is valid as a whole. Errors: every step returns false once the text
/// is found at fault; `fault` says why. Thread: made and used on one thread, one cursor at a time
/// of a JsonTokens.
class JsonCursor {
public:
  /// First byte of the next token: of a value `{ [ " t f n -` or a digit; 0 at the end.
  char peek() const noexcept { return next_ < count_ ? text_[tokens_[next_]] : '\0'; }
  /// Where the next token begins.
  std::size_t begin() const noexcept { return next_ < count_ ? tokens_[next_] : text_.size(); }
  /// Behind the last byte of the value taken last.
  std::size_t end() const noexcept { return end_; }
  /// Where the name of the field under way begins, at its quote.
  std::size_t name_begin() const noexcept { return name_begin_; }
  std::string_view text() const noexcept { return text_; }
  JsonFault fault() const noexcept { return fault_; }
  std::size_t fault_at() const noexcept { return fault_at_; }
  /// For texts of a provider: a name may stand twice, and the fields are not counted.
  void tolerate_duplicates() noexcept { strict_ = false; }
  bool at_end() noexcept { return next_ == count_ || fail(JsonFault::bad_token); }

  /// Takes an object; `on_field(name)` must take the field's value and returns false to stop.
  /// Names arrive unescaped and hold until the cursor's JsonTokens reads again; none comes twice,
  /// which shows at the object's end.
  template <class OnField>
  bool object(OnField&& on_field) {
    if (!open('{')) return false;
    const auto names_before = names_.size();
    if (!take('}')) {
      do {
        std::string_view name;
        if (!take_name(name) || !on_field(name)) return false;
      } while (take(','));
      if (!expect('}')) return false;
    }
    return close_object(names_before);
  }

  /// Takes an array; `on_item()` must take the item and returns false to stop.
  template <class OnItem>
  bool array(OnItem&& on_item) {
    if (!open('[')) return false;
    if (!take(']')) {
      do {
        if (!on_item()) return false;
      } while (take(','));
      if (!expect(']')) return false;
    }
    --depth_;
    return true;
  }

  /// Takes a string: what stands between its quotes, escapes checked but not resolved.
  bool string(std::string_view& raw) {
    if (peek() != '"') return fail(JsonFault::bad_token);
    if (!look_between_quotes(raw)) return false;
    end_ = tokens_[next_++] + raw.size() + 2;
    return true;
  }
  /// Takes a number, `true`, `false` or `null` as it is written.
  bool scalar(std::string_view& raw);
  /// Takes any value, all of it checked.
  bool skip();
  /// The same, and the bytes it stood on.
  bool skip(std::string_view& raw);

private:
  friend class JsonTokens;
  JsonCursor(
    std::string_view text,
    const std::uint32_t* tokens,
    std::size_t count,
    std::vector<std::string_view>& names,
    std::deque<std::string>& unescaped)
      : text_(text), tokens_(tokens), count_(count), has_escapes_(text.find('\\') != text.npos),
        names_(names), unescaped_(unescaped) {}

  bool fail(JsonFault fault) noexcept;
  bool open(char bracket) noexcept {
    if (!expect(bracket)) return false;
    return ++depth_ <= json_levels_max || fail(JsonFault::too_deep);
  }
  bool close_object(std::size_t names_before) {
    --depth_;
    return !strict_ || close_names(names_before);
  }
  bool close_names(std::size_t names_before);
  bool take(char structural) noexcept {
    if (peek() != structural) return false;
    end_ = tokens_[next_++] + std::size_t{1};
    return true;
  }
  bool expect(char structural) noexcept { return take(structural) || fail(JsonFault::bad_token); }
  bool take_name(std::string_view& name) {
    name_begin_ = begin();
    if (!take_raw_name(name)) return false;
    return (!has_escapes_ && !strict_) || note_name(name);
  }
  /// A name and its colon, both looked at in one go.
  bool take_raw_name(std::string_view& name) {
    if (next_ + 1 >= count_ || text_[tokens_[next_]] != '"' || text_[tokens_[next_ + 1]] != ':')
      return refuse_name(name);
    if (!look_between_quotes(name)) return false;
    next_ += 2;
    return true;
  }
  /// The inside of the string at `next_`, which begins with a quote.
  bool look_between_quotes(std::string_view& raw) {
    const auto quote = tokens_[next_];
    const auto end = token_end();
    if (end < quote + std::size_t{2} || text_[end - 1] != '"')
      return fail(JsonFault::unclosed_string);
    raw = text_.substr(quote + 1, end - quote - 2);
    return !has_escapes_ || escapes_are_valid(raw);
  }
  bool note_name(std::string_view& name);
  bool refuse_name(std::string_view& name);
  bool escapes_are_valid(std::string_view raw);
  bool skip_name() {
    std::string_view name;
    return take_raw_name(name);
  }
  /// Behind the last byte of the token at `next_`: simdjson marks where tokens begin, and nothing
  /// but white space can lie between the end of one and the next.
  std::size_t token_end() const noexcept {
    std::size_t end = next_ + 1 < count_ ? tokens_[next_ + 1] : text_.size();
    while (is_json_space(text_[end - 1])) --end;
    return end;
  }
  static constexpr bool is_json_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
  }

  std::string_view text_;
  const std::uint32_t* tokens_; // offsets of the tokens, `count_` of them
  std::size_t count_;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  std::size_t name_begin_ = 0;
  unsigned depth_ = 0;
  bool strict_ = true;
  bool has_escapes_; // anywhere in the text: few have any, and their strings need no look
  JsonFault fault_ = JsonFault::none;
  std::size_t fault_at_ = 0;
  std::vector<std::string_view>& names_; // of the objects under way, innermost last
  std::deque<std::string>& unescaped_;
};

/// Finds the tokens of JSON texts with simdjson's first stage, which checks UTF-8 and strings on
/// the way, and keeps its memory between texts. The second stage is the JsonCursor: simdjson's own
/// copies every string (dom) or leaves what is not touched unchecked (on demand).
/// Thread: one each.
class JsonTokens {
public:
  JsonTokens();
  ~JsonTokens();
  JsonTokens(const JsonTokens&) = delete;
  JsonTokens& operator=(const JsonTokens&) = delete;

  /// A cursor before the first token of `text`. It, the names it gave and the index under it hold
  /// until the next `read`. A text that is no JSON at all makes a cursor that is at fault already.
  JsonCursor read(std::string_view text);

  /// For code that has no better owner: scratch memory, no state between texts.
  static JsonTokens& of_this_thread();

private:
  struct Index;
  std::unique_ptr<Index> index_;
  std::vector<std::string_view> names_;
  std::deque<std::string> unescaped_;
};

/// Resolves the escapes of a raw string that a cursor gave.
std::string unescape_json(std::string_view raw);
/// `raw` if it is an integer that fits: no fraction, no exponent.
std::optional<std::int64_t> json_integer(std::string_view raw) noexcept;
std::optional<double> json_number(std::string_view raw) noexcept;

} // namespace gateway
