#pragma once

#include "net/base/error.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace gateway {

/// What `fail()` makes: converts to a failed Result of any type.
struct Failed {
  Error error;
};

inline Failed fail(ErrorKind kind, std::string message, std::string param = {}) {
  return Failed{Error{kind, std::move(message), std::move(param), {}}};
}

inline Failed fail(Error error) {
  return Failed{std::move(error)};
}

/// A value or the Error that took its place; the surface of std::expected, which g++ 12 lacks.
template <class T>
class [[nodiscard]] Result {
public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Failed failed) : state_(std::in_place_index<1>, std::move(failed.error)) {}

  explicit operator bool() const noexcept { return state_.index() == 0; }
  T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }
  Error& error() noexcept { return *std::get_if<1>(&state_); }
  const Error& error() const noexcept { return *std::get_if<1>(&state_); }

private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Failed failed) : error_(std::move(failed.error)) {}

  explicit operator bool() const noexcept { return !error_; }
  void operator*() const noexcept {}
  Error& error() noexcept { return *error_; }
  const Error& error() const noexcept { return *error_; }

private:
  std::optional<Error> error_;
};

} // namespace gateway

#define GATEWAY_JOIN_(a, b) a##b
#define GATEWAY_JOIN(a, b) GATEWAY_JOIN_(a, b)
#define GATEWAY_TRY_(outcome, target, expression)                                                  \
  auto outcome = (expression);                                                                     \
  if (!outcome) return ::gateway::fail(std::move(outcome.error()));                                \
  target = *std::move(outcome)

/// `GATEWAY_TRY(const auto text, read_file(path));`: returns the error, or unwraps the value.
#define GATEWAY_TRY(target, expression)                                                            \
  GATEWAY_TRY_(GATEWAY_JOIN(outcome_, __LINE__), target, expression)
