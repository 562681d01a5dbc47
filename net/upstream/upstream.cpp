#include "net/upstream/upstream.hpp"

#include "net/upstream/upstream_call.hpp"

namespace gateway {

UpstreamCall::UpstreamCall(
  UpstreamPool& pool, const UpstreamTimeouts& timeouts, Instant deadline, Instant began)
    : inside_(std::make_unique<Inside>(pool.connections_, timeouts, deadline, began)) {}

UpstreamCall::~UpstreamCall() = default;

Co<Result<UpstreamCall::AnswerHead>> UpstreamCall::send(const Request& request) {
  return inside_->send(request);
}

Co<Result<std::string_view>> UpstreamCall::read() {
  return inside_->read();
}

Co<Result<std::string_view>> UpstreamCall::read_all(std::size_t bytes_max) {
  return inside_->read_all(bytes_max);
}

void UpstreamCall::cancel() noexcept {
  inside_->cancel();
}

bool UpstreamCall::lost_kept_connection() const noexcept {
  return inside_->lost_kept_connection;
}

std::optional<Instant> UpstreamCall::written_at() const noexcept {
  return inside_->written_at;
}

bool UpstreamCall::touched_the_wire() const noexcept {
  return inside_->written_at.has_value();
}

std::optional<Instant> UpstreamCall::first_byte_at() const noexcept {
  return inside_->first_byte_at;
}

Instant UpstreamCall::last_byte_at() const noexcept {
  return inside_->last_byte_at;
}

bool UpstreamCall::body_ended() const noexcept {
  return inside_->body_ended();
}

bool UpstreamCall::has_more_buffered() const noexcept {
  return inside_->has_more_buffered();
}

} // namespace gateway
