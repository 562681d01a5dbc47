#include "net/dialects/anthropic_client.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/sse_lines.hpp"

#include <algorithm>
#include <cstring>

namespace gateway {
namespace {

/// Whole events pass as they are, each after it was read: so an error in one is seen before the
/// client has it, and kinds of blocks that nobody here knows come through.
class AnthropicRelay final : public StreamRelay {
public:
  void feed(std::string_view bytes, std::string& out) override {
    if (over()) return;
    kept_ += bytes;
    std::size_t begin = 0;
    while (!over()) {
      const auto size = event_size(begin);
      if (size == 0) break;
      take(std::string_view{kept_}.substr(begin, size), out);
      begin += size;
    }
    kept_.erase(0, begin);
    searched_ -= std::min(begin, searched_);
    if (kept_.size() + ending_.size() > sse_event_bytes_max && !over())
      failure_ = make_failure(FailureKind::invalid_answer, 200);
  }

  void finish(std::string& out) override {
    if (over()) return;
    // Some close behind the last line instead of ending the event.
    if (!kept_.empty()) {
      kept_ += kept_.ends_with('\n') ? "\n" : "\n\n";
      take(kept_, out);
    }
    if (over()) return;
    reader_->finish(events_);
    note_events();
  }

  /// What the provider said, its own counts in it.
  std::string ending(const Usage&) override { return ending_; }

private:
  bool over() const noexcept { return complete_ || failure_; }

  /// From `begin` up to and with the empty line that ends an event; 0 if it is not there yet.
  std::size_t event_size(std::size_t begin) {
    auto at = std::max(begin, searched_);
    for (;;) {
      const auto end = kept_.find('\n', at);
      if (end == kept_.npos) break;
      const auto next = end + 1 < kept_.size() && kept_[end + 1] == '\r' ? end + 2 : end + 1;
      if (next >= kept_.size()) { // the next line's begin is to come
        searched_ = end;
        return 0;
      }
      if (kept_[next] == '\n') {
        searched_ = next + 1;
        return searched_ - begin;
      }
      at = end + 1;
    }
    searched_ = kept_.size();
    return 0;
  }

  void take(std::string_view event, std::string& out) {
    reader_->feed(event, events_);
    note_events();
    // From the reason it ended for on, the last events wait for the record.
    if (opened_ && !failure_) (finish_ == FinishReason::none ? out : ending_) += event;
  }

  void note_events() {
    using Kind = StreamEvent::Kind;
    for (auto& event : events_) {
      if (event.kind == Kind::error) {
        failure_ = std::move(event.failure);
        break;
      }
      opened_ = true;
      if (event.kind == Kind::usage) usage_ = event.usage;
      if (event.kind == Kind::finish) finish_ = event.finish;
      if (event.kind == Kind::end) complete_ = true;
      if (event.kind == Kind::block_delta)
        output_bytes_ += static_cast<std::int64_t>(event.text.size());
    }
    events_.clear();
  }

  std::unique_ptr<EventReader> reader_ = make_anthropic_reader();
  std::vector<StreamEvent> events_;
  std::string kept_;         // an event that is not whole yet
  std::size_t searched_ = 0; // no event ends before it
  std::string ending_;
};

} // namespace

std::unique_ptr<StreamRelay> make_anthropic_relay() {
  return std::make_unique<AnthropicRelay>();
}

} // namespace gateway
