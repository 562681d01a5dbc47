#pragma once

#include "actors/what_if/simulation.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace gateway {

/// What one provider would have answered under the document in force, and under the edited one.
struct ProviderShift {
  std::int64_t requests_before = 0;
  std::int64_t requests_after = 0;
  std::int64_t cost_before_n = 0;
  std::int64_t cost_after_n = 0;
};

struct ComparisonTotals {
  std::int64_t requests = 0; // replayed
  std::int64_t moved = 0;    // another model of another provider, or refused by one of the two
  std::int64_t refused_before = 0;
  std::int64_t refused_after = 0;
  std::int64_t cost_before_n = 0; // nano-dollars
  std::int64_t cost_after_n = 0;
  std::int64_t unpriced = 0; // answers whose cost is in neither sum
  std::int64_t unsized = 0;  // requests that got no answer: their tokens are a mean
  std::map<std::string, ProviderShift> providers;
};

/// A sentence about what the edit does.
struct Impact {
  bool warns = false;
  std::string text;
};

/// Two documents beside each other on the same log. Thread: one.
class Comparison {
public:
  Comparison(std::shared_ptr<const Document> before, std::shared_ptr<const Document> after);

  /// A record that routing had no part in (a wrong key, a bad body) is passed over.
  void add(const RequestRecord& record);

  const ComparisonTotals& totals() const noexcept { return totals_; }
  /// `window`: how long a time the records are of.
  std::vector<Impact> impact(Milliseconds window) const;
  /// What these figures can't know.
  std::vector<std::string> notes() const;

private:
  struct Mean {
    std::int64_t requests = 0;
    std::int64_t input = 0;
    std::int64_t output = 0;
  };

  Usage usage_of(const RequestRecord& record);
  void add_limits(std::vector<Impact>& impact) const;

  Simulation before_;
  Simulation after_;
  ComparisonTotals totals_;
  std::unordered_map<std::string, Mean> means_; // by the model asked for
};

} // namespace gateway
