#include "net/base/json_text.hpp"
#include "net/base/time.hpp"
#include "net/dialects/event_writer.hpp"
#include "net/dialects/stream_relays.hpp"

#include <atomic>

namespace gateway {
namespace {

class TranslatingRelay final : public StreamRelay {
public:
  TranslatingRelay(const Dialect& dialect, const Target& target, bool shows_usage)
      : reader_(dialect.event_reader(target)), shows_usage_(shows_usage),
        writer_(
          {make_answer_id(),
           milliseconds_since_epoch(wall_now()) / 1000,
           dialect.name(),
           shows_usage}) {}

  void feed(std::string_view bytes, std::string& out) override {
    if (failure_ || complete_) return;
    reader_->feed(bytes, events_);
    take(out);
  }

  void finish(std::string& out) override {
    if (failure_ || complete_) return;
    reader_->finish(events_);
    take(out);
  }

  std::string ending(const Usage& usage) override {
    std::string end;
    if (shows_usage_) writer_.write_usage(usage, end);
    return end + "data: [DONE]\n\n";
  }

private:
  void take(std::string& out) {
    using Kind = StreamEvent::Kind;
    for (const auto& event : events_) {
      if (event.kind == Kind::error) {
        failure_ = event.failure;
        break;
      }
      opened_ = true;
      if (event.kind == Kind::usage) usage_ = event.usage;
      if (event.kind == Kind::finish) finish_ = event.finish;
      if (event.kind == Kind::end) complete_ = true;
      if (event.kind == Kind::block_delta)
        output_bytes_ += static_cast<std::int64_t>(event.text.size());
      writer_.write(event, out);
    }
    events_.clear();
  }

  std::unique_ptr<EventReader> reader_;
  bool shows_usage_;
  EventWriter writer_;
  std::vector<StreamEvent> events_;
};

} // namespace

std::unique_ptr<StreamRelay>
make_translating_relay(const Dialect& dialect, const Target& target, bool shows_usage) {
  return std::make_unique<TranslatingRelay>(dialect, target, shows_usage);
}

std::string make_answer_id() {
  // Microseconds since a start no two processes share, made different by a count.
  static const auto begun = std::chrono::system_clock::now().time_since_epoch().count();
  static std::atomic<std::uint64_t> count{0};
  std::string id = "chatcmpl-";
  append_number(id, begun);
  id += '-';
  append_number(id, count.fetch_add(1, std::memory_order_relaxed));
  return id;
}

} // namespace gateway
