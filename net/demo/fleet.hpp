#pragma once

#include "net/base/result.hpp"
#include "net/demo/host.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gateway {

/// One provider of the demo and how it looks from outside.
struct DemoMember {
  DemoSettings settings;
  std::string
    base_url; // as the config document wants it: with the version where the dialect has one
  bool free_tier = false;
};

/// The simulated providers of `serve --demo`: on loopback ports, served by a thread of the fleet's
/// own and reached over real HTTP like any other provider. Stops and joins in its destructor.
class DemoFleet {
public:
  /// Errors: invalid_value when no loopback port can be had.
  static Result<std::unique_ptr<DemoFleet>> launch();
  ~DemoFleet();
  DemoFleet(const DemoFleet&) = delete;
  DemoFleet& operator=(const DemoFleet&) = delete;

  std::span<const DemoMember> members() const noexcept { return members_; }

  /// `{"providers":{…},"routes":{…}}` in the form of the config document (contract, section 3), to
  /// be merged into it.
  std::string config_fragment() const;

  /// Makes a provider fail, or stop failing. Any thread. False if there is none of that name.
  bool order(std::string_view provider, const DemoFaultOrder& order) {
    return host_.order(provider, order);
  }

private:
  DemoFleet() = default;

  DemoHost host_;
  std::vector<DemoMember> members_;
  std::thread thread_;
};

} // namespace gateway
