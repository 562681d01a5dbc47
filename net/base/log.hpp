#pragma once

#include <fmt/format.h>

#include <string_view>

/// The only door to the log. A line is verb + object + key=value, stable enough to grep.
/// error: a person must act; warn: we degraded and go on; info: a state changed; debug: a decision.
namespace gateway::log {

enum class Level { trace, debug, info, warn, error, off };
enum class Format { text, json };

/// Called once, before any thread starts; without it, lines at info and above go to stderr.
void start(Level level, Format format);

bool enabled(Level level) noexcept;
void write(Level level, std::string_view line);

template <class... Args>
void error(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::error)) write(Level::error, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::warn)) write(Level::warn, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::info)) write(Level::info, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void debug(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::debug)) write(Level::debug, fmt::format(text, std::forward<Args>(args)...));
}

} // namespace gateway::log
