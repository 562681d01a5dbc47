#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace gateway {

/// Work to be done once, later: what it holds need only be movable, unlike std::function's.
class Task {
public:
  template <class Work>
  requires(!std::same_as<std::remove_cvref_t<Work>, Task>)
    Task(Work&& work) // NOLINT: any work is a task
      : held_(std::make_unique<Held<std::remove_cvref_t<Work>>>(std::forward<Work>(work))) {}

  void operator()() { held_->run(); }

private:
  struct Any {
    virtual ~Any() = default;
    virtual void run() = 0;
  };
  template <class Work>
  struct Held final : Any {
    template <class From>
    explicit Held(From&& from) : work(std::forward<From>(from)) {}
    void run() override { work(); }
    Work work;
  };

  std::unique_ptr<Any> held_;
};

} // namespace gateway
