#include "tests/net/http/running_server.hpp"

#include <array>
#include <future>
#include <stdexcept>

namespace gateway::testing {

HttpLimits impatient() {
  HttpLimits limits;
  limits.handshake_time = 100ms;
  limits.head_time = 100ms;
  limits.body_idle_time = 100ms;
  limits.body_time = 400ms;
  limits.idle_time = 200ms;
  limits.idle_buffer_time = 50ms;
  limits.write_time = 200ms;
  limits.linger_time = 200ms;
  limits.drain_grace = 100ms;
  return limits;
}

RunningServer::RunningServer(
  Answering::Function function,
  HttpLimits limits,
  std::shared_ptr<TlsServer> tls,
  std::size_t threads)
    : handler_(std::move(function)), server_(limits) {
  const auto bound = server_.bind({"127.0.0.1", 0}, threads, std::move(tls));
  if (!bound) throw std::runtime_error{bound.error().message};
  const auto address = server_.addresses().front();
  port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  for (std::size_t i = 0; i < threads; ++i) {
    auto& io = *ios_.emplace_back(std::make_unique<IoThread>(i));
    io.start_ticking();
    server_.serve(io, i, handler_);
    threads_.emplace_back([&io] { io.loop().run(); });
  }
}

RunningServer::~RunningServer() {
  abort_all();
  const bool ended = becomes([&] { return server_.is_quiet(); });
  for (std::size_t i = 0; i < ios_.size(); ++i) on_thread(i, [&, i] { ios_[i]->stop_ticking(); });
  for (auto& thread : threads_) thread.join();
  if (!ended) broken_promise("a session of a test did not end");
}

void RunningServer::on_thread(std::size_t index, const std::function<void()>& work) {
  std::promise<void> done;
  ios_[index]->post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void RunningServer::stop_accepting() {
  for (std::size_t i = 0; i < ios_.size(); ++i) on_thread(i, [&, i] { server_.stop_accepting(i); });
}

void RunningServer::abort_all() {
  for (std::size_t i = 0; i < ios_.size(); ++i) on_thread(i, [&, i] { server_.abort_all(i); });
}

bool RunningServer::becomes(const std::function<bool()>& holds) {
  const auto until = BootClock::now() + std::chrono::seconds{10};
  while (BootClock::now() < until) {
    if (holds()) return true;
    on_thread(0, [] {});
  }
  return false;
}

Co<void> echo(Exchange& exchange) {
  constexpr std::size_t bytes_max = 1024 * 1024;
  const auto body = co_await exchange.body(bytes_max);
  const std::array headers{Header{"content-type", "text/plain"}};
  if (!body) {
    const auto answered =
      co_await exchange.respond(http_status(body.error().kind), headers, body.error().message);
    if (!answered) co_return;
    co_return;
  }
  const auto& head = exchange.head();
  std::string text;
  for (const auto part : {head.method, head.path, head.query, *body}) text.append(part) += '\n';
  const auto answered = co_await exchange.respond(200, headers, text);
  if (!answered) co_return; // the client has gone; there is nobody to tell
}

} // namespace gateway::testing
