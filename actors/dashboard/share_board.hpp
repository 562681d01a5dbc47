#pragma once

#include "actors/quota/permit_books.hpp"
#include "net/base/time.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace gateway {

/// What was told of the windows of providers that somebody looks at: who holds how much of each.
class ShareBoard {
public:
  /// ShareEvents (openapi.yaml) of the provider's windows that were never told so.
  std::vector<std::string>
  changes(const std::string& provider, std::span<const QuotaState* const> windows, WallTime now);

  /// Somebody new looks at it: all of it is told once more.
  void forget(const std::string& provider) { told_.erase(provider); }
  /// Nobody looks at any other.
  void forget_others(const std::set<std::string>& providers) {
    std::erase_if(told_, [&](const auto& one) { return !providers.contains(one.first); });
  }

private:
  // By provider, then by what names the window.
  std::map<std::string, std::map<std::string, std::string>> told_;
};

} // namespace gateway
