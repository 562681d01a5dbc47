#include "net/http/exchange.hpp"

#include "net/http/session.hpp"

namespace gateway {

const RequestHead& Exchange::head() const noexcept {
  return session_.head_;
}

IoThread& Exchange::thread() noexcept {
  return session_.front_.thread();
}

std::string_view Exchange::client() const noexcept {
  auto& text = session_.client_text_;
  if (text.empty()) text = session_.client_.address().to_string();
  return text;
}

bool Exchange::is_tls() const noexcept {
  return session_.stream_.is_tls();
}

bool Exchange::on_loopback() const noexcept {
  return session_.door_.is_loopback;
}

int Exchange::socket() noexcept {
  return session_.stream_.native_handle();
}

Co<Result<std::string_view>> Exchange::body(std::size_t bytes_max) {
  return session_.body_.read(bytes_max);
}

Co<Result<void>>
Exchange::respond(int status, std::span<const Header> headers, std::string_view body) {
  auto& front = session_.front_;
  return session_.answer_.respond(
    status, headers, body, front.date(), session_.closes_after_this());
}

void Exchange::begin(int status, std::span<const Header> headers) {
  session_.answer_.begin(status, headers, session_.front_.date(), session_.closes_after_this());
}

Co<Result<void>> Exchange::write(std::string_view piece) {
  return session_.answer_.write(piece);
}

Co<Result<void>> Exchange::end(std::string_view last_piece) {
  return session_.answer_.end(last_piece);
}

bool Exchange::answered() const noexcept {
  return session_.answer_.is_begun();
}

void Exchange::close_after() noexcept {
  session_.close_asked_ = true;
}

} // namespace gateway
