#include "net/base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace gateway::log {
namespace {

spdlog::level::level_enum level_of(Level level) noexcept {
  switch (level) {
  case Level::trace: return spdlog::level::trace;
  case Level::debug: return spdlog::level::debug;
  case Level::info: return spdlog::level::info;
  case Level::warn: return spdlog::level::warn;
  case Level::error: return spdlog::level::err;
  case Level::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

// spdlog's own registry is the one process-wide object here: a log is written from every room,
// and handing it through each constructor would say nothing.
constexpr auto logger_name = "gateway";
bool as_json = false;

spdlog::logger& logger() {
  static const auto made = [] {
    auto fresh = spdlog::get(logger_name);
    return fresh ? fresh : spdlog::stderr_logger_mt(logger_name);
  }();
  return *made;
}

std::string quoted(std::string_view line) {
  std::string text = "\"";
  for (const char c : line) {
    if (c == '"' || c == '\\') text += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      text += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      continue;
    }
    text += c;
  }
  return text + '"';
}

} // namespace

void start(Level level, Format format) {
  as_json = format == Format::json;
  logger().set_level(level_of(level));
  logger().set_pattern(
    as_json ? R"({"t":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","line":%v})"
            : "%Y-%m-%d %H:%M:%S.%e %l %v",
    spdlog::pattern_time_type::utc);
  logger().flush_on(spdlog::level::warn);
}

bool enabled(Level level) noexcept {
  return logger().should_log(level_of(level));
}

void write(Level level, std::string_view line) {
  if (as_json)
    logger().log(level_of(level), quoted(line));
  else
    logger().log(level_of(level), line);
}

} // namespace gateway::log
