#pragma once

#include "actors/dashboard/view_scope.hpp"
#include "net/base/result.hpp"
#include "persistence/request_filter.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What a browser wants to hear of: `?topics=` of GET /stream. All hear of health, nodes,
/// versions and budgets.
struct StreamTopics {
  static constexpr std::size_t names_max = 32; // of shares, models and keys together

  ViewScope nodes; // of which all the rest is
  bool tick = false;
  bool attention = false;
  bool failover = false;
  bool request = false;
  std::set<std::string> shares; // of these providers
  std::set<std::string> models; // told in every tick they change in, however little they do
  std::set<std::string> keys;
  RequestFilter filter;    // of topic request
  std::string filter_text; // the same for the same conditions
};

/// Topics separated by commas; tick, attention and failover where there are none. `conditions`: of
/// the requests to be told one by one, each as `f` of GET /requests has it.
/// Errors: invalid_value, with `param` topics or f and what there is in the message.
Result<StreamTopics> read_topics(std::string_view text, std::vector<std::string> conditions = {});

} // namespace gateway
