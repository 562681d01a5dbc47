#pragma once

#include "net/base/error.hpp"

#include <array>
#include <coroutine>
#include <cstddef>
#include <new>
#include <optional>
#include <utility>

namespace gateway {

/// Memory of finished coroutine frames, kept per thread by size: the request path makes a few
/// frames a request, and asking the allocator each time was measured as a tenth of it.
class FramePool {
public:
  static void* take(std::size_t bytes) {
    const auto kind = kind_of(bytes);
    if (kind >= kinds) return ::operator new(bytes);
    auto& head = pool().free_[kind];
    if (head == nullptr) return ::operator new((kind + 1) * step);
    return std::exchange(head, head->next);
  }

  static void give_back(void* frame, std::size_t bytes) noexcept {
    const auto kind = kind_of(bytes);
    if (kind >= kinds) return ::operator delete(frame);
    auto& head = pool().free_[kind];
    head = new (frame) Free{head};
  }

  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

private:
  struct Free {
    Free* next;
  };
  static constexpr std::size_t step = 64;
  static constexpr std::size_t kinds = 128; // frames up to 8 KiB

  FramePool() = default;
  ~FramePool() {
    for (auto* head : free_)
      while (head != nullptr) ::operator delete(std::exchange(head, head->next));
  }

  static std::size_t kind_of(std::size_t bytes) noexcept { return (bytes - 1) / step; }
  static FramePool& pool() {
    thread_local FramePool made;
    return made;
  }

  std::array<Free*, kinds> free_{};
};

namespace co_detail {

struct Promise {
  static void* operator new(std::size_t bytes) { return FramePool::take(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    FramePool::give_back(frame, bytes);
  }

  struct Final {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> done) noexcept {
      return done.promise().continuation;
    }
    void await_resume() noexcept {}
  };

  std::suspend_always initial_suspend() noexcept { return {}; }
  Final final_suspend() noexcept { return {}; }
  // No exception crosses a room; one that got here is a bug of ours.
  void unhandled_exception() noexcept { broken_promise("an exception left a coroutine"); }

  std::coroutine_handle<> continuation = std::noop_coroutine();
};

} // namespace co_detail

/// A lazily started coroutine with one awaiter, resumed by symmetric transfer. Lighter than
/// asio::awaitable (reference/request-path.md, 5.5): no executor, no exceptions, recycled frames.
/// Thread: lives and dies on one io thread. Destroying it destroys the suspended frame.
/// Trap of g++ 12: never build an aggregate temporary inside a `co_await` expression.
template <class T = void>
class [[nodiscard]] Co {
public:
  /// Work that was over before it had to wait: `return Co<bool>::of(true);` from a function that is
  /// no coroutine. Most steps of a request need not wait, and so take no frame.
  static Co of(T value) { return Co{std::move(value)}; }

  struct promise_type : co_detail::Promise {
    Co get_return_object() { return Co{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    template <class U>
    void return_value(U&& value) {
      result.emplace(std::forward<U>(value));
    }
    std::optional<T> result;
  };

  Co(Co&& other) noexcept
      : frame_(std::exchange(other.frame_, nullptr)), value_(std::move(other.value_)) {}
  Co& operator=(Co&& other) noexcept {
    std::swap(frame_, other.frame_);
    std::swap(value_, other.value_);
    return *this;
  }
  ~Co() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return !frame_; }
  /// Runs until the work ends or waits. What ends at once is not transferred back but returned
  /// from: loops of such work would else grow the stack wherever calls are not turned into jumps
  /// (-O0, sanitizers).
  bool await_suspend(std::coroutine_handle<> awaiter) noexcept {
    frame_.resume();
    if (frame_.done()) return false;
    frame_.promise().continuation = awaiter;
    return true;
  }
  T await_resume() { return std::move(frame_ ? *frame_.promise().result : *value_); }

private:
  explicit Co(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  explicit Co(T value) : value_(std::move(value)) {}
  std::coroutine_handle<promise_type> frame_; // none where the value is there
  std::optional<T> value_;
};

template <>
class [[nodiscard]] Co<void> {
public:
  struct promise_type : co_detail::Promise {
    Co get_return_object() { return Co{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    void return_void() noexcept {}
  };

  Co(Co&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Co& operator=(Co&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Co() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  /// Runs until the work ends or waits. What ends at once is not transferred back but returned
  /// from: loops of such work would else grow the stack wherever calls are not turned into jumps
  /// (-O0, sanitizers).
  bool await_suspend(std::coroutine_handle<> awaiter) noexcept {
    frame_.resume();
    if (frame_.done()) return false;
    frame_.promise().continuation = awaiter;
    return true;
  }
  void await_resume() const noexcept {}

private:
  explicit Co(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  std::coroutine_handle<promise_type> frame_;
};

namespace co_detail {

struct Detached {
  struct promise_type {
    static void* operator new(std::size_t bytes) { return FramePool::take(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept {
      FramePool::give_back(frame, bytes);
    }
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { broken_promise("an exception left a coroutine"); }
  };
};

} // namespace co_detail

/// Starts `work` now, on this thread; it frees itself when it ends.
inline void start(Co<void> work) {
  [](Co<void> owned) -> co_detail::Detached { co_await owned; }(std::move(work));
}

} // namespace gateway
