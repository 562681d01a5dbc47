#pragma once

#include "net/demo/faults.hpp"
#include "net/demo/limiter.hpp"
#include "net/demo/pause.hpp"
#include "net/demo/settings.hpp"
#include "net/demo/voice.hpp"
#include "net/http/exchange.hpp"

#include <cstdint>
#include <string>

namespace gateway {

/// What a provider saw and did since it began. Every request ends in exactly one of: answered,
/// refused, failed, cancelled.
struct DemoCounts {
  std::uint64_t requests = 0;
  std::uint64_t answered = 0;  // the last byte of a whole answer was written
  std::uint64_t refused = 0;   // with an error that was the client's: key, model, form, limit
  std::uint64_t failed = 0;    // by a fault on command
  std::uint64_t cancelled = 0; // the client left before the end
  std::int64_t in_flight = 0;
  std::int64_t input_tokens = 0; // of allowed requests
  std::int64_t output_tokens = 0;
};

/// The last request as it arrived, for tests that look at what was sent upstream.
struct DemoSeen {
  std::string method;
  std::string path;
  std::string query;
  DemoHeaders headers;
  std::string body; // its first 256 KiB
};

/// A simulated provider behind a Server: speaks one dialect, keeps its limits strictly, talks at a
/// set speed and fails on command. `GET /control`, `POST /control` and `GET /control/last` are how
/// a test steers it (net/demo/README.md); they are answered whatever fails, and counted nowhere.
/// Thread: one io thread.
class DemoProvider final : public Handler {
public:
  /// The settings' dialect must be one that find_demo_voice knows.
  explicit DemoProvider(DemoSettings settings);

  Co<void> handle(Exchange& exchange) override;

  void order(const DemoFaultOrder& order) { plan_.order(order); }
  /// Ends every wait, so that the sessions can end.
  void stop() noexcept { pauses_.end_all(); }

  const DemoSettings& settings() const noexcept { return settings_; }
  /// What `GET /control` says, as JSON.
  std::string status();

private:
  enum class End : std::uint8_t { answered, refused, failed, cancelled };

  Co<End> serve(Exchange& exchange);
  Co<End> serve_call(Exchange& exchange, const DemoTarget& target);
  Co<End> judged(Exchange& exchange, const DemoRequest& request, DemoOperation operation);
  Co<End> fail(Exchange& exchange, DemoFault fault);
  Co<End> answer_whole(Exchange& exchange, std::string body, std::int64_t tokens, DemoFault fault);
  Co<End> answer_stream(Exchange& exchange, std::vector<DemoFrame> frames, DemoFault fault);
  Co<End> refuse(Exchange& exchange, DemoRefusal refusal);
  Co<void> control(Exchange& exchange);
  std::string last_seen() const;

  std::optional<DemoRefusal> objection(const DemoRequest& request, DemoOperation operation) const;
  DemoHeaders headers_for(std::string_view content_type);
  void remember(const RequestHead& head, std::string_view body);
  void count(End end) noexcept;
  Instant first_byte_due(DemoFault fault) const noexcept;
  Nanoseconds time_of(std::int64_t tokens) const noexcept;
  std::string next_id();

  DemoSettings settings_;
  const DemoVoice& voice_;
  DemoLimiter limiter_;
  DemoFaultPlan plan_;
  DemoPauses pauses_;
  DemoCounts counts_;
  DemoSeen seen_;
  std::uint64_t ids_ = 0;
};

} // namespace gateway
