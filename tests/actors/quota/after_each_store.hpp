#pragma once

#include "actors/quota/permit_layout.hpp"

#include <functional>
#include <utility>

namespace gateway {

/// Runs `look` after every single store into the mapping while it lives: what a process that was
/// killed there would leave.
class AfterEachStore {
public:
  explicit AfterEachStore(std::function<void()> look) {
    action_ = std::move(look);
    again_ = after_each_store = [] {
      after_each_store = nullptr; // what looks at the copy stores too
      action_();
      after_each_store = again_;
    };
  }
  ~AfterEachStore() { after_each_store = nullptr; }
  AfterEachStore(const AfterEachStore&) = delete;
  AfterEachStore& operator=(const AfterEachStore&) = delete;

private:
  static inline std::function<void()> action_;
  static inline void (*again_)() = nullptr;
};

} // namespace gateway
