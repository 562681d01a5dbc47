#pragma once

#include <boost/system/error_code.hpp>

#include <coroutine>
#include <cstddef>
#include <new>

namespace gateway {

/// How many bytes an operation moved, and why it ended if it did.
struct Moved {
  boost::system::error_code error;
  std::size_t bytes = 0;
};

/// One Asio operation, the coroutine that waits for it, and the memory that Asio needs for it:
/// Asio's own is at hand in its handlers only, and a coroutine that an actor has answered would go
/// to the heap for each read.
class Operation {
public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  template <class T>
  struct Allocator;
  struct Done;

  /// The handler to hand to Asio: takes (error) or (error, bytes) and resumes `waiting`.
  Done begin(std::coroutine_handle<> waiting) noexcept;
  const Moved& moved() const noexcept { return moved_; }

private:
  void* take(std::size_t bytes) {
    if (taken_ || bytes > sizeof memory_) return ::operator new(bytes);
    taken_ = true;
    return memory_;
  }
  void give_back(void* taken) noexcept {
    if (taken == memory_)
      taken_ = false;
    else
      ::operator delete(taken);
  }

  std::coroutine_handle<> waiting_;
  Moved moved_;
  bool taken_ = false;
  alignas(std::max_align_t) std::byte memory_[192]; // a read of a socket takes some 150
};

template <class T>
struct Operation::Allocator {
  using value_type = T;

  explicit Allocator(Operation& its) noexcept : operation(&its) {}
  template <class U>
  Allocator(const Allocator<U>& other) noexcept : operation(other.operation) {}

  T* allocate(std::size_t count) { return static_cast<T*>(operation->take(count * sizeof(T))); }
  void deallocate(T* taken, std::size_t) noexcept { operation->give_back(taken); }
  template <class U>
  bool operator==(const Allocator<U>& other) const noexcept {
    return operation == other.operation;
  }

  Operation* operation;
};

struct Operation::Done {
  using allocator_type = Allocator<char>;

  allocator_type get_allocator() const noexcept { return allocator_type{*operation}; }
  void operator()(boost::system::error_code error, std::size_t bytes = 0) const {
    operation->moved_ = {error, bytes};
    operation->waiting_.resume();
  }

  Operation* operation;
};

inline Operation::Done Operation::begin(std::coroutine_handle<> waiting) noexcept {
  waiting_ = waiting;
  return {this};
}

} // namespace gateway
