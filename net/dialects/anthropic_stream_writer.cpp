#include "net/base/json_text.hpp"
#include "net/dialects/anthropic_client.hpp"
#include "net/dialects/call_ids.hpp"
#include "net/dialects/sse_lines.hpp"

#include <algorithm>
#include <deque>

namespace gateway {
namespace {

/// What is kept of blocks that wait for their turn, and how many of them.
constexpr std::size_t waiting_bytes_max = sse_event_bytes_max;
constexpr std::size_t waiting_blocks_max = 1'024;

/// Unified events as Anthropic's (anthropic.md, section 5). There, one block ends before the next
/// begins: where a provider tells several at once, the first is written as it comes and the others
/// wait.
class AnthropicStreamWriter final : public StreamWriter {
public:
  explicit AnthropicStreamWriter(std::string_view dialect) : dialect_(dialect) {}

  bool write(const StreamEvent& event, std::string& out) override {
    using Kind = StreamEvent::Kind;
    if (event.choice != 0) return true; // the format has one, and asks for no more
    switch (event.kind) {
    case Kind::start: start(event, out); return true;
    case Kind::block_start:
      if (blocks_.size() > waiting_blocks_max) return false;
      blocks_.push_back({event.block, event.block_kind, event.id, event.name, {}, {}});
      return true;
    case Kind::block_delta: return add(event, out);
    case Kind::signature:
      if (auto* block = find(event.block)) block->signature = event.text;
      return true;
    case Kind::block_stop:
      if (auto* block = find(event.block)) block->stopped = true;
      write_stopped(out);
      return true;
    case Kind::finish:
      for (auto& block : blocks_) block.stopped = true;
      write_stopped(out);
      ending_.finish = event.finish;
      return true;
    case Kind::redacted: // Anthropic's alone, whose streams pass as they are
    case Kind::usage:
    case Kind::error:
    case Kind::end: return true;
    }
    return true;
  }

  std::string ending(const Usage& usage) override {
    std::string end;
    begin_event("message_delta", end);
    end += R"(,"delta":{"stop_reason":)";
    append_json_string(end, stop_reason_of(ending_));
    end += R"(,"stop_sequence":null},"usage":)";
    append_anthropic_usage(end, usage);
    end_event(end);
    begin_event("message_stop", end);
    end_event(end);
    return end;
  }

private:
  struct Piece {
    std::int64_t number = 0; // the provider's
    Block::Kind kind = Block::Kind::text;
    std::string id;
    std::string name;
    std::string text; // that waits
    std::string signature;
    bool begun = false;
    bool stopped = false;
  };

  static void begin_event(std::string_view type, std::string& out) {
    out += "event: ";
    out += type;
    out += "\ndata: {\"type\":\"";
    out += type;
    out += '"';
  }
  static void end_event(std::string& out) { out += "}\n\n"; }

  void begin_block_event(std::string_view type, std::string& out) const {
    begin_event(type, out);
    out += R"(,"index":)";
    append_number(out, index_);
  }

  void start(const StreamEvent& event, std::string& out) {
    begin_event("message_start", out);
    out += R"(,"message":{"id":)";
    append_json_string(out, anthropic_message_id(event.id));
    out += R"(,"type":"message","role":"assistant","model":)";
    append_json_string(out, event.name);
    // What the request was is known at the end only.
    out += R"(,"content":[],"stop_reason":null,"stop_sequence":null,"usage":)";
    append_anthropic_usage(out, {});
    out += '}';
    end_event(out);
  }

  Piece* find(std::int64_t number) {
    const auto found = std::ranges::find(blocks_, number, &Piece::number);
    return found == blocks_.end() ? nullptr : &*found;
  }

  bool add(const StreamEvent& event, std::string& out) {
    auto* block = find(event.block);
    if (block == nullptr || event.text.empty()) return true;
    if (block == &blocks_.front()) {
      write_piece(*block, event.text, out);
      return true;
    }
    waiting_bytes_ += event.text.size();
    block->text += event.text;
    return waiting_bytes_ <= waiting_bytes_max;
  }

  /// Ends the blocks at the front that have, and begins what waited behind them.
  void write_stopped(std::string& out) {
    while (!blocks_.empty()) {
      auto& block = blocks_.front();
      if (!block.text.empty()) {
        waiting_bytes_ -= block.text.size();
        write_piece(block, std::exchange(block.text, {}), out);
      }
      if (!block.stopped) return;
      stop(block, out);
      blocks_.pop_front();
    }
  }

  void write_piece(Piece& block, std::string_view text, std::string& out) {
    if (!block.begun) begin(block, out);
    begin_block_event("content_block_delta", out);
    switch (block.kind) {
    case Block::Kind::tool_call:
      out += R"(,"delta":{"type":"input_json_delta","partial_json":)";
      break;
    case Block::Kind::reasoning: out += R"(,"delta":{"type":"thinking_delta","thinking":)"; break;
    default: out += R"(,"delta":{"type":"text_delta","text":)";
    }
    append_json_string(out, text);
    out += '}';
    end_event(out);
  }

  void begin(Piece& block, std::string& out) {
    block.begun = true;
    const bool is_call = block.kind == Block::Kind::tool_call;
    if (is_call && !block.signature.empty()) write_call_signature(block, out);
    begin_block_event("content_block_start", out);
    out += R"(,"content_block":{"type":)";
    if (is_call) {
      ending_.has_calls = true;
      out += R"("tool_use","id":)";
      append_json_string(out, plain_call_id(block.id));
      out += R"(,"name":)";
      append_json_string(out, block.name);
      out += R"(,"input":{}})";
    } else if (block.kind == Block::Kind::reasoning) {
      out += R"("thinking","thinking":"","signature":""})";
    } else {
      ending_.has_refusal = ending_.has_refusal || block.kind == Block::Kind::refusal;
      out += R"("text","text":""})";
    }
    end_event(out);
  }

  /// A call has no place for it, and clients give thoughts back as they got them.
  void write_call_signature(const Piece& block, std::string& out) {
    begin_block_event("content_block_start", out);
    out += R"(,"content_block":{"type":"redacted_thinking","data":)";
    append_json_string(out, mark_foreign_signature(dialect_, block.signature));
    out += '}';
    end_event(out);
    end_block(out);
  }

  void stop(Piece& block, std::string& out) {
    // An empty text is none, and no client may send it back.
    const bool is_needed = block.kind == Block::Kind::tool_call
      || (block.kind == Block::Kind::reasoning && !block.signature.empty());
    if (!block.begun && !is_needed) return;
    if (!block.begun) begin(block, out);
    if (block.kind == Block::Kind::reasoning) {
      begin_block_event("content_block_delta", out);
      out += R"(,"delta":{"type":"signature_delta","signature":)";
      append_json_string(out, mark_foreign_signature(dialect_, block.signature));
      out += '}';
      end_event(out);
    }
    end_block(out);
  }

  void end_block(std::string& out) {
    begin_block_event("content_block_stop", out);
    end_event(out);
    ++index_;
  }

  std::string_view dialect_;
  std::deque<Piece> blocks_; // under way, in the order they began; the first is being written
  std::size_t waiting_bytes_ = 0;
  std::int64_t index_ = 0;
  Ending ending_;
};

} // namespace

std::unique_ptr<StreamWriter> make_anthropic_stream_writer(std::string_view dialect) {
  return std::make_unique<AnthropicStreamWriter>(dialect);
}

} // namespace gateway
