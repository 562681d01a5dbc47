#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gateway::testing {

/// An answer as it came: header names in lower case, the body with its coding taken off.
struct RawAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
  bool is_whole = false; // false: the connection ended before the answer did

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string{} : found->second;
  }
};

/// A blocking client that sends exactly what it is told to. Every wait ends after ten seconds, as
/// if the connection had ended: then a test fails rather than hangs.
class RawClient {
public:
  /// Throws if no connection comes about within `patience`.
  explicit RawClient(
    std::uint16_t port,
    int receive_buffer_bytes = 0,
    std::chrono::milliseconds patience = std::chrono::seconds{10});
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False if the connection did not take all of it.
  bool send(std::string_view bytes);
  /// Says that nothing more comes.
  void end_writing();
  /// Closes at once, with a reset if `resets`.
  void leave(bool resets = false);

  RawAnswer read_answer(bool to_head_request = false);
  /// Everything up to the end of the connection.
  std::string read_to_end();
  /// The next bytes, up to and including `mark`; what came instead if it never does.
  std::string read_until(std::string_view mark);
  std::string read_exactly(std::size_t bytes);
  /// The other side ended the connection, and no byte came before that.
  bool is_closed_by_peer();
  /// The connection ended with a reset.
  bool was_reset() const noexcept { return was_reset_; }
  bool has_something_to_read(int wait_ms);

private:
  bool receive_more();
  std::string take(std::size_t bytes);
  std::string read_chunks(bool& is_whole);

  int socket_ = -1;
  bool was_reset_ = false;
  std::string received_;
};

} // namespace gateway::testing
