#pragma once

#include "persistence/request_record.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace gateway {

/// A Prometheus histogram with fixed bounds in seconds.
class Histogram {
public:
  static constexpr std::array<double, 15> bounds{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};

  void add(std::int64_t us) noexcept;
  void append(std::string& out, std::string_view name, std::string_view help) const;

private:
  std::array<std::uint64_t, bounds.size() + 1> counts_{};
  std::int64_t sum_us_ = 0;
};

/// The counters of /metrics that come from finished requests (contract, section 6). Labels hold
/// configured names only. Thread: the ledger's.
class RequestMetrics {
public:
  void add(const RequestRecord& record);
  /// In Prometheus' text format.
  void append(std::string& out) const;

private:
  struct Tokens {
    std::int64_t input = 0;
    std::int64_t cached_input = 0;
    std::int64_t output = 0;
    std::int64_t reasoning = 0;
    std::int64_t cost = 0;
  };
  using Model = std::tuple<std::string, std::string>;                      // provider, model
  using Answered = std::tuple<std::string, std::string, std::string, int>; // …, route, status
  std::map<Answered, std::uint64_t, std::less<>> requests_;
  std::map<Model, Tokens, std::less<>> tokens_;
  std::uint64_t records_ = 0;
  Histogram seconds_;
  Histogram first_token_;
  Histogram overhead_;
};

/// One sample: `name{labels} value`, labels given in pairs of name and value.
void append_sample(
  std::string& out,
  std::string_view name,
  std::initializer_list<std::pair<std::string_view, std::string_view>> labels,
  std::string_view value);
/// `# HELP` and `# TYPE`.
void append_metric(
  std::string& out, std::string_view name, std::string_view type, std::string_view help);

} // namespace gateway
