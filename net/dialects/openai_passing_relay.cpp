#include "net/base/byte_scan.hpp"
#include "net/base/json_text.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/openai_glance.hpp"
#include "net/dialects/splice.hpp"
#include "net/dialects/sse_lines.hpp"
#include "net/dialects/stream_relays.hpp"
#include "net/unified/json_cursor.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace gateway {
namespace {

/// The bytes around the model's text in an ordinary chunk, and around the padding behind it where
/// there is one. Nearly all chunks of a stream differ in these alone: whoever has the same frame
/// needs no look inside.
struct Frame {
  std::string before;
  std::string between; // text and padding
  std::string behind;

  /// An event in this frame, and how long the text in it is.
  struct Framed {
    std::size_t bytes = 0;
    std::size_t text = 0;
  };

  /// The whole event at the front of `bytes`; nothing where that is none in this frame.
  Framed at_front_of(std::string_view bytes) const noexcept {
    auto rest = bytes;
    const auto take = [&rest](std::string_view part) {
      if (!rest.starts_with(part)) return false;
      rest.remove_prefix(part.size());
      return true;
    };
    if (before.empty() || !take(before)) return {};
    const auto text = take_string(rest);
    if (!text) return {};
    if (!between.empty() && (!take(between) || !take_string(rest))) return {};
    if (!take(behind)) return {};
    return {bytes.size() - rest.size(), *text};
  }

private:
  /// Takes what stands before the next quote, which ends the string unless it is escaped. A line
  /// end in it would end the event.
  static std::optional<std::size_t> take_string(std::string_view& rest) noexcept {
    const auto length = find_marked(
      rest, [](std::uint64_t eight) { return marks_of(eight, '"') | marks_of(eight, '\n'); });
    if (length == rest.size() || rest[length] == '\n') return std::nullopt;
    if (rest.substr(0, length).ends_with('\\')) return std::nullopt;
    rest.remove_prefix(length);
    return length;
  }
};

class OpenAiRelay final : public StreamRelay {
public:
  explicit OpenAiRelay(bool shows_usage) : shows_usage_(shows_usage) {}

  void feed(std::string_view bytes, std::string& out) override {
    if (over()) return;
    if (kept_.empty()) {
      const auto done = take_blocks(bytes, out);
      if (!over()) kept_ = bytes.substr(done);
    } else {
      kept_ += bytes;
      kept_.erase(0, take_blocks(kept_, out));
    }
    if (kept_.size() > sse_event_bytes_max && !over()) fail_with(FailureKind::invalid_answer);
  }

  void finish(std::string& out) override {
    // Some close behind the last line instead of ending the event.
    if (!over() && !kept_.empty()) {
      kept_ += kept_.ends_with('\n') ? "\n" : "\n\n";
      last_ = true;
      take_block(kept_, out);
    }
    if (!over()) end(); // without [DONE]: fine if all is there
    kept_.clear();
  }

  std::string ending(const Usage& usage) override {
    std::string end;
    if (shows_usage_ && !usage_chunk_.empty())
      end = "data: " + usage_chunk_ + "\n\n";
    else if (shows_usage_)
      write_usage(usage, end);
    return end + "data: [DONE]\n\n";
  }

private:
  struct Progress {
    std::int64_t choice;
    bool finished;
  };

  bool over() const noexcept { return complete_ || failure_; }

  /// Takes the whole events at the front of `bytes`: how many bytes they are.
  std::size_t take_blocks(std::string_view bytes, std::string& out) {
    std::size_t begin = 0;
    std::size_t framed = 0; // those that end at `begin`: they pass together
    while (!over()) {
      const auto rest = bytes.substr(begin);
      if (const auto event = frame_.at_front_of(rest); event.bytes > 0) {
        output_bytes_ += static_cast<std::int64_t>(event.text);
        searched_ = line_begin_ = lines_ = 0;
        begin += event.bytes;
        framed += event.bytes;
        continue;
      }
      out += bytes.substr(begin - framed, framed);
      framed = 0;
      const auto size = block_size(rest);
      if (size == 0) break;
      take_block(rest.substr(0, size), out);
      begin += size;
    }
    return begin;
  }

  /// Up to and with the empty line that ends an event; 0 if it is not there yet.
  /// CR alone ends no line here: no provider sends it, and it would cost a second scan.
  std::size_t block_size(std::string_view bytes) noexcept {
    while (searched_ < bytes.size()) {
      const auto* found = static_cast<const char*>(
        std::memchr(bytes.data() + searched_, '\n', bytes.size() - searched_));
      if (found == nullptr) break;
      const auto line_end = static_cast<std::size_t>(found - bytes.data());
      const auto length = line_end - line_begin_;
      const bool empty = length == 0 || (length == 1 && bytes[line_begin_] == '\r');
      searched_ = line_begin_ = line_end + 1;
      ++lines_;
      if (!empty) continue;
      const auto size = line_begin_;
      one_line_ = lines_ == 2;
      searched_ = line_begin_ = lines_ = 0;
      return size;
    }
    searched_ = bytes.size();
    return 0;
  }

  void take_block(std::string_view block, std::string& out) {
    const auto data = data_of(block);
    if (!data.empty()) return take_data(data, block, out);
    // Comments and empty lines keep a connection alive; they open nothing.
    if (opened_ && only_comments_) out += block;
  }

  /// The joined `data:` lines of an event; what is no field of an event stream is kept apart.
  std::string_view data_of(std::string_view block) {
    std::string_view data;
    joined_.clear();
    only_comments_ = true;
    while (!block.empty()) {
      const auto line_end = std::min(block.find('\n'), block.size());
      auto line = block.substr(0, line_end);
      block.remove_prefix(std::min(line_end + 1, block.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty() || line.starts_with(':')) continue;
      only_comments_ = false;
      if (line.starts_with("data:")) {
        line.remove_prefix(line.starts_with("data: ") ? 6 : 5);
        if (data.data() == nullptr) {
          data = line;
          continue;
        }
        if (joined_.empty()) joined_ = data;
        joined_ += ' '; // a line end, which JSON takes for a space
        joined_ += line;
        data = joined_;
      } else if (line.starts_with('{') || !stray_.empty()) {
        if (stray_.size() + line.size() < sse_stray_bytes_max) stray_ += line;
      }
    }
    return data;
  }

  void take_data(std::string_view data, std::string_view block, std::string& out) {
    if (data == "[DONE]") return end();
    // A word where a chunk should be is somebody's ping.
    if (!data.starts_with('{')) return;
    take_glance(data, seen_);
    if (!seen_.valid && last_) return; // torn: whether all was there before it shows at the end
    if (!seen_.valid || seen_.too_many_choices) return fail_with(FailureKind::invalid_answer);
    if (seen_.has_error) {
      failure_ = classify_openai(200, {}, data);
      return;
    }
    if (is_of_no_answer(seen_)) return;
    if (!note_choices()) return;
    if (seen_.usage.known) usage_ = seen_.usage;
    output_bytes_ += seen_.text_bytes;
    if (!opened_) identify();
    opened_ = true;
    if (seen_.choices.empty() && seen_.usage_field != Glance::none) {
      usage_chunk_ = data; // held back to the end
    } else if (seen_.usage_field != Glance::none || has_unknown_finish(seen_)) {
      out += "data: " + edited(data) + "\n\n";
    } else {
      learn_frame(data, block);
      out += block;
    }
  }

  /// False: the stream failed.
  bool note_choices() {
    for (const auto& choice : seen_.choices) {
      if (is_error_finish(choice.finish)) {
        fail_with(FailureKind::server_error);
        return false;
      }
      auto known = std::ranges::find(progress_, choice.index, &Progress::choice);
      if (known == progress_.end()) {
        if (progress_.size() == answer_choices_max) {
          fail_with(FailureKind::invalid_answer);
          return false;
        }
        known = progress_.insert(progress_.end(), {choice.index, false});
      }
      const auto reason = read_openai_finish(choice.finish);
      if (reason == FinishReason::none) continue;
      known->finished = true;
      finish_ = reason;
    }
    return true;
  }

  void identify() {
    id_ = seen_.id;
    model_ = seen_.model;
    created_ = json_integer(seen_.created) ? seen_.created : "0";
  }

  /// The chunk without its usage, which is told at the end only, and with reasons clients know.
  std::string edited(std::string_view data) const {
    Splice splice{data};
    boost::container::small_vector<bool, 16> is_cut(seen_.fields.size(), false);
    if (seen_.usage_field != Glance::none) is_cut[seen_.usage_field] = true;
    splice.cut(seen_.fields, is_cut);
    rename_finishes(seen_, splice);
    return std::move(splice).text();
  }

  void learn_frame(std::string_view data, std::string_view block) {
    const bool is_ordinary = one_line_ && seen_.texts == 1 && seen_.choices.size() == 1
      && seen_.choices[0].finish.empty() && !seen_.usage.known;
    if (!is_ordinary) return;
    const auto offset = static_cast<std::size_t>(data.data() - block.data());
    auto rest_begin = seen_.text_end;
    frame_.before = block.substr(0, offset + seen_.text_begin);
    frame_.between.clear();
    if (seen_.padding_begin > seen_.text_end) {
      frame_.between = block.substr(offset + rest_begin, seen_.padding_begin - rest_begin);
      rest_begin = seen_.padding_end;
    }
    frame_.behind = block.substr(offset + rest_begin);
  }

  void write_usage(const Usage& usage, std::string& out) const {
    out += R"(data: {"id":")" + id_ + R"(","object":"chat.completion.chunk","created":)" + created_
      + R"(,"model":")" + model_ + R"(","choices":[],"usage":)";
    append_openai_usage(out, usage);
    out += "}\n\n";
  }

  void end() {
    complete_ = !progress_.empty() && std::ranges::all_of(progress_, &Progress::finished);
    if (complete_) return;
    // What is no event stream at all may be an error that came with a good status.
    take_glance(stray_, seen_);
    if (seen_.valid && seen_.has_error)
      failure_ = classify_openai(200, {}, stray_);
    else
      fail_with(FailureKind::invalid_answer);
  }

  void fail_with(FailureKind kind) { failure_ = make_failure(kind, 200); }

  bool shows_usage_;
  std::string kept_;           // an event that is not whole yet
  std::size_t searched_ = 0;   // of the event under way: no line end lies before it
  std::size_t line_begin_ = 0; // likewise: of its last line
  std::size_t lines_ = 0;      // likewise
  bool one_line_ = false;      // the event taken has one line, and the empty one
  bool last_ = false;          // likewise: the body ended in it
  bool only_comments_ = false; // likewise: nothing of it is an event
  Frame frame_;
  Glance seen_;
  std::string joined_;
  std::string stray_;
  std::vector<Progress> progress_; // of each choice that was seen
  std::string usage_chunk_;
  std::string id_; // as they are written in the chunks, escapes and all
  std::string model_;
  std::string created_ = "0";
};

} // namespace

std::unique_ptr<StreamRelay> make_openai_relay(bool shows_usage) {
  return std::make_unique<OpenAiRelay>(shows_usage);
}

} // namespace gateway
