#include "net/demo/provider.hpp"

#include <algorithm>
#include <sys/socket.h>

namespace gateway {
namespace {

std::vector<Header> views_of(const DemoHeaders& headers) {
  std::vector<Header> views;
  for (const auto& [name, value] : headers) views.push_back({name, value});
  return views;
}

/// Ends the connection in order, in the middle of whatever was being said.
void hang_up(Exchange& exchange) {
  ::shutdown(exchange.socket(), SHUT_RDWR);
}

/// Ends the connection with a reset: on Linux that is what disconnecting a socket sends.
void reset(Exchange& exchange) {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  ::connect(exchange.socket(), &nobody, sizeof nobody);
}

int status_of(DemoFault fault) {
  switch (fault) {
  case DemoFault::status_400: return 400;
  case DemoFault::status_401: return 401;
  case DemoFault::status_403: return 403;
  case DemoFault::status_404: return 404;
  case DemoFault::status_429: return 429;
  case DemoFault::status_503: return 503;
  case DemoFault::status_529: return 529;
  default: return 500;
  }
}

Error error_of(DemoFault fault, Milliseconds wait) {
  switch (fault) {
  case DemoFault::status_400: return {ErrorKind::invalid_value, "Invalid request.", "messages"};
  case DemoFault::status_401: return {ErrorKind::invalid_api_key, "Incorrect API key provided."};
  case DemoFault::status_403: return {ErrorKind::not_allowed, "Not allowed."};
  case DemoFault::status_404: return {ErrorKind::model_not_found, "There is no such model."};
  case DemoFault::status_429:
    return {
      ErrorKind::rate_limit_exceeded, "Rate limit reached. Please try again later.", {}, wait};
  case DemoFault::status_503:
    return {ErrorKind::overloaded, "The engine is currently overloaded.", {}, wait};
  case DemoFault::status_529: return {ErrorKind::overloaded, "Overloaded"};
  default: return {ErrorKind::internal, "The server had an error while processing your request."};
  }
}

/// The events of a stream as a fault leaves them.
std::vector<DemoFrame>
spoilt(std::vector<DemoFrame> frames, const DemoVoice& voice, DemoFault fault, std::int64_t after) {
  using Part = DemoFrame::Part;
  const auto drop_from = [&](Part part) {
    std::erase_if(frames, [&](const DemoFrame& frame) { return frame.part >= part; });
  };
  const auto keep_first = [&](std::int64_t count) {
    // Never the whole: an answer that is all there has no fault.
    const auto most = static_cast<std::int64_t>(frames.size()) - 1;
    frames.resize(static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, most)));
  };
  switch (fault) {
  case DemoFault::cut:
  case DemoFault::stall: keep_first(after); break;
  case DemoFault::error_in_stream:
    keep_first(after);
    frames.push_back({voice.write_stream_error(), Part::terminator});
    break;
  case DemoFault::error_at_head: frames = {{voice.write_stream_error(), Part::terminator}}; break;
  case DemoFault::invalid_json:
    keep_first(after);
    frames.push_back({voice.frame(R"({"id":"broken","choi)"), Part::terminator});
    break;
  case DemoFault::no_done: drop_from(Part::terminator); break;
  case DemoFault::no_finish: drop_from(Part::closing); break;
  default: break;
  }
  return frames;
}

} // namespace

Co<DemoProvider::End> DemoProvider::refuse(Exchange& exchange, DemoRefusal refusal) {
  auto headers = headers_for("application/json");
  const auto reply = voice_.refuse(refusal, "req_" + next_id());
  headers.insert(headers.end(), reply.headers.begin(), reply.headers.end());
  const auto views = views_of(headers);
  const auto written = co_await exchange.respond(reply.status, views, reply.body);
  co_return written ? End::refused : End::cancelled;
}

Co<DemoProvider::End> DemoProvider::fail(Exchange& exchange, DemoFault fault) {
  DemoPause pause{pauses_, exchange};
  switch (fault) {
  case DemoFault::refuse: hang_up(exchange); co_return End::failed;
  case DemoFault::reset: reset(exchange); co_return End::failed;
  case DemoFault::hang: co_await pause.until_gone(); co_return End::failed;
  default: break;
  }
  if (!co_await pause.until(first_byte_due(fault))) co_return End::cancelled;
  if (fault == DemoFault::garbage) {
    const Header type{"content-type", "text/html"};
    const auto page = "<html><body><h1>It works!</h1></body></html>";
    const auto written = co_await exchange.respond(200, {&type, 1}, page);
    co_return written ? End::failed : End::cancelled;
  }
  DemoRefusal refusal{status_of(fault), error_of(fault, plan_.order().wait), {}};
  const auto end = co_await refuse(exchange, std::move(refusal));
  co_return end == End::cancelled ? end : End::failed;
}

Co<DemoProvider::End> DemoProvider::answer_whole(
  Exchange& exchange, std::string body, std::int64_t tokens, DemoFault fault) {
  DemoPause pause{pauses_, exchange};
  if (!co_await pause.until(first_byte_due(fault) + time_of(tokens))) co_return End::cancelled;
  const auto headers = headers_for("application/json");
  const auto views = views_of(headers);
  const auto half = std::string_view{body}.substr(0, body.size() / 2);
  switch (fault) {
  case DemoFault::cut:
  case DemoFault::stall:
    exchange.begin(200, views);
    static_cast<void>(co_await exchange.write(half)); // either way the connection is over
    if (fault == DemoFault::stall) co_await pause.until_gone();
    hang_up(exchange);
    co_return End::failed;
  case DemoFault::error_in_stream:
  case DemoFault::error_at_head: {
    DemoRefusal refusal{500, error_of(DemoFault::status_500, {}), {}};
    body = voice_.refuse(refusal, "req_" + next_id()).body;
    break;
  }
  case DemoFault::invalid_json: body.resize(half.size()); break;
  default: break;
  }
  const auto written = co_await exchange.respond(200, views, body);
  if (!written) co_return End::cancelled;
  const bool whole = fault == DemoFault::none || fault == DemoFault::slow
    || fault == DemoFault::no_usage || fault == DemoFault::no_done || fault == DemoFault::no_finish;
  co_return whole ? End::answered : End::failed;
}

Co<DemoProvider::End>
DemoProvider::answer_stream(Exchange& exchange, std::vector<DemoFrame> frames, DemoFault fault) {
  frames = spoilt(std::move(frames), voice_, fault, plan_.order().after);
  const auto headers = headers_for(voice_.stream_type());
  const auto views = views_of(headers);
  exchange.begin(200, views);
  DemoPause pause{pauses_, exchange};
  const auto first = first_byte_due(fault);
  std::int64_t tokens = 0;
  for (const auto& frame : frames) {
    if (!co_await pause.until(first + time_of(tokens))) co_return End::cancelled;
    if (frame.part == DemoFrame::Part::token) ++tokens;
    if (const auto written = co_await exchange.write(frame.bytes); !written)
      co_return End::cancelled;
  }
  if (fault == DemoFault::stall) co_await pause.until_gone();
  if (fault == DemoFault::cut || fault == DemoFault::stall) {
    hang_up(exchange);
    co_return End::failed;
  }
  if (const auto ended = co_await exchange.end(); !ended) co_return End::cancelled;
  const bool whole = fault == DemoFault::none || fault == DemoFault::slow
    || fault == DemoFault::no_usage || fault == DemoFault::no_done;
  co_return whole ? End::answered : End::failed;
}

} // namespace gateway
