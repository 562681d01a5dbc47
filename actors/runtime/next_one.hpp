#pragma once

#include <dlfcn.h>

namespace gateway {

/// The function of that name behind this process' own one, which is found first by all libraries.
template <class Function>
Function* next_one(const char* name) noexcept {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

} // namespace gateway
