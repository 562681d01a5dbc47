#include "net/dialects/failure_class.hpp"
#include "net/dialects/stream_relays.hpp"

namespace gateway {
namespace {

class TranslatingRelay final : public StreamRelay {
public:
  TranslatingRelay(
    const Dialect& dialect, const Target& target, std::unique_ptr<StreamWriter> writer)
      : reader_(dialect.event_reader(target)), writer_(std::move(writer)) {}

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

  std::string ending(const Usage& usage) override { return writer_->ending(usage); }

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
      if (writer_->write(event, out)) continue;
      failure_ = make_failure(FailureKind::invalid_answer, 200);
      break;
    }
    events_.clear();
  }

  std::unique_ptr<EventReader> reader_;
  std::unique_ptr<StreamWriter> writer_;
  std::vector<StreamEvent> events_;
};

} // namespace

std::unique_ptr<StreamRelay> make_translating_relay(
  const Dialect& dialect, const Target& target, std::unique_ptr<StreamWriter> writer) {
  return std::make_unique<TranslatingRelay>(dialect, target, std::move(writer));
}

} // namespace gateway
