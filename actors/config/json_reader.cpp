#include "actors/config/json_reader.hpp"

#include "actors/config/utf8.hpp"

#include <string>
#include <unordered_set>
#include <utility>

namespace gateway {

namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Where a byte stands; walks forwards only, so that a whole text costs one pass.
class Cursor {
public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool at_end() const noexcept { return offset_ >= text_.size(); }
  char peek() const noexcept { return at_end() ? '\0' : text_[offset_]; }
  std::string_view rest() const noexcept { return text_.substr(offset_); }
  Position position() const noexcept { return position_; }

  void step() noexcept {
    const auto c = static_cast<unsigned char>(text_[offset_++]);
    if (c == '\n') {
      ++position_.line;
      position_.column = 1;
    } else if ((c & 0xC0) != 0x80) { // not inside a character
      ++position_.column;
    }
  }
  void step(std::size_t bytes) noexcept {
    while (bytes-- > 0) step();
  }
  void skip_space() noexcept {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r'))
      step();
  }

private:
  std::string_view text_;
  std::size_t offset_ = 0;
  Position position_;
};

/// One reading of one text; stops at the first fault, which `fail` has told then.
class Reader {
public:
  Reader(std::string_view text, Problems& problems) : cursor_(text), problems_(problems) {}

  std::optional<JsonNode> read() {
    JsonNode root;
    cursor_.skip_space();
    if (!value(root, 1)) return std::nullopt;
    cursor_.skip_space();
    if (!cursor_.at_end()) {
      fail("something stands behind the end of the document");
      return std::nullopt;
    }
    return root;
  }

private:
  bool fail(std::string message) { return fail(std::move(message), cursor_.position()); }
  bool fail(std::string message, Position at) {
    problems_.error(pointer_, at, "invalid_json", std::move(message));
    return false;
  }

  bool value(JsonNode& node, std::size_t depth) {
    if (depth > json_depth_max)
      return fail("more than " + std::to_string(json_depth_max) + " levels");
    if (++values_ > json_values_max)
      return fail("more than " + std::to_string(json_values_max) + " values");
    node.at = cursor_.position();
    switch (cursor_.peek()) {
    case '{': return object(node, depth);
    case '[': return array(node, depth);
    case '"': node.kind = JsonNode::Kind::string; return string(node.text);
    case 't': node.truth = true; return word(node, JsonNode::Kind::boolean, "true");
    case 'f': return word(node, JsonNode::Kind::boolean, "false");
    case 'n': return word(node, JsonNode::Kind::null, "null");
    default: break;
    }
    if (cursor_.peek() == '-' || is_digit(cursor_.peek())) return number(node);
    return unexpected("a value");
  }

  /// What stands here instead of what JSON wants, in words.
  bool unexpected(const std::string& wanted) {
    if (cursor_.at_end()) return fail("the text ends where " + wanted + " should be");
    switch (cursor_.peek()) {
    case '/':
    case '#': return fail("JSON has no comments; " + wanted + " should be here");
    case '\'': return fail("JSON has double quotes only; " + wanted + " should be here");
    case '}':
    case ']':
    case ',': return fail(std::string("'") + cursor_.peek() + "' where " + wanted + " should be");
    default: return fail("this is not " + wanted);
    }
  }

  bool word(JsonNode& node, JsonNode::Kind kind, std::string_view spelling) {
    if (!cursor_.rest().starts_with(spelling)) return unexpected("a value");
    node.kind = kind;
    cursor_.step(spelling.size());
    return true;
  }

  bool number(JsonNode& node) {
    node.kind = JsonNode::Kind::number;
    const auto start = cursor_.rest();
    std::size_t length = 0;
    const auto peek = [&] { return length < start.size() ? start[length] : '\0'; };
    const auto digits = [&] {
      const auto first = length;
      while (is_digit(peek())) ++length;
      return length > first;
    };
    if (peek() == '-') ++length;
    const bool leading_zero = peek() == '0';
    const auto whole = length;
    if (!digits()) return fail("a number without digits");
    if (leading_zero && length > whole + 1) return fail("a number that begins with 0");
    if (peek() == '.') {
      ++length;
      if (!digits()) return fail("a number without digits behind its point");
    }
    if (peek() == 'e' || peek() == 'E') {
      ++length;
      if (peek() == '+' || peek() == '-') ++length;
      if (!digits()) return fail("a number without digits in its exponent");
    }
    node.text = start.substr(0, length);
    cursor_.step(length);
    return true;
  }

  bool string(std::string& out) {
    const auto began = cursor_.position();
    cursor_.step();
    while (true) {
      if (cursor_.at_end()) return fail("this string is not closed", began);
      const char c = cursor_.peek();
      if (static_cast<unsigned char>(c) < 0x20)
        return fail(
          "a line break or control character inside a string: write it as \\n or \\u00XX");
      if (c == '\\') {
        if (!escape(out)) return false;
        continue;
      }
      cursor_.step();
      if (c == '"') return true;
      out += c;
    }
  }

  bool escape(std::string& out) {
    const auto rest = cursor_.rest();
    const char kind = rest.size() > 1 ? rest[1] : '\0';
    switch (kind) {
    case '"':
    case '\\':
    case '/': out += kind; break;
    case 'b': out += '\b'; break;
    case 'f': out += '\f'; break;
    case 'n': out += '\n'; break;
    case 'r': out += '\r'; break;
    case 't': out += '\t'; break;
    case 'u': {
      const auto read = read_unicode_escape(rest);
      if (!read) return fail("\\u needs four hex digits, and a pair where it is half a character");
      append_utf8(out, read->character);
      cursor_.step(read->bytes);
      return true;
    }
    default: return fail("JSON has no such escape");
    }
    cursor_.step(2);
    return true;
  }

  bool array(JsonNode& node, std::size_t depth) {
    node.kind = JsonNode::Kind::array;
    cursor_.step();
    cursor_.skip_space();
    if (cursor_.peek() == ']') {
      cursor_.step();
      return true;
    }
    while (true) {
      const auto parent = pointer_.size();
      pointer_ += pointer_step(std::to_string(node.items.size()));
      if (!value(node.items.emplace_back(), depth + 1)) return false;
      pointer_.resize(parent);
      bool closed = false;
      if (!after_element(node, ']', closed)) return false;
      if (closed) return true;
    }
  }

  bool object(JsonNode& node, std::size_t depth) {
    node.kind = JsonNode::Kind::object;
    cursor_.step();
    cursor_.skip_space();
    if (cursor_.peek() == '}') {
      cursor_.step();
      return true;
    }
    std::unordered_set<std::string> names;
    while (true) {
      if (cursor_.peek() != '"') return unexpected("a name in double quotes");
      JsonMember member;
      member.at = cursor_.position();
      if (!string(member.name)) return false;
      if (member.name.size() > json_name_bytes_max)
        return fail(
          "a name of more than " + std::to_string(json_name_bytes_max) + " bytes", member.at);
      cursor_.skip_space();
      if (cursor_.peek() != ':') return unexpected("':'");
      cursor_.step();
      cursor_.skip_space();
      const auto parent = pointer_.size();
      pointer_ += pointer_step(member.name);
      if (!value(member.value, depth + 1)) return false;
      if (names.insert(member.name).second)
        node.members.push_back(std::move(member));
      else
        problems_.error(
          pointer_, member.at, "duplicate_key", "this key stands in its object twice");
      pointer_.resize(parent);
      bool closed = false;
      if (!after_element(node, '}', closed)) return false;
      if (closed) return true;
    }
  }

  /// Reads the ',' or the bracket behind an element; after a ',' something must follow.
  bool after_element(const JsonNode& container, char bracket, bool& closed) {
    cursor_.skip_space();
    if (cursor_.peek() == bracket) {
      cursor_.step();
      closed = true;
      return true;
    }
    if (cursor_.at_end()) {
      return fail(
        "the text ends inside an " + std::string(kind_text(container.kind))
        + " that begins in line " + std::to_string(container.at.line));
    }
    if (cursor_.peek() != ',') return unexpected(std::string("',' or '") + bracket + "'");
    const auto comma = cursor_.position();
    cursor_.step();
    cursor_.skip_space();
    if (cursor_.peek() == bracket) return fail("a comma with nothing behind it", comma);
    return true;
  }

  Cursor cursor_;
  Problems& problems_;
  std::string pointer_;
  std::size_t values_ = 0;
};

} // namespace

std::optional<JsonNode> read_json(std::string_view text, Problems& problems) {
  if (text.size() > json_text_bytes_max) {
    problems.error(
      "", {}, "invalid_json", "larger than " + std::to_string(json_text_bytes_max) + " bytes");
    return std::nullopt;
  }
  if (const auto broken = first_broken_utf8(text)) {
    Cursor cursor(text);
    cursor.step(*broken);
    problems.error("", cursor.position(), "invalid_json", "the text is not UTF-8 from here on");
    return std::nullopt;
  }
  return Reader(text, problems).read();
}

} // namespace gateway
