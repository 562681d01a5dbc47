#pragma once

#include "net/base/money.hpp"
#include "net/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace gateway {

/// How a request ended, as the request log names it (dashboard.md, section 8, GET /requests).
enum class Outcome : std::uint8_t { first_try, failover, failed, cancelled, cut, refused };

/// What a request needed of the model beyond text: what routing saw, for a replay.
struct RecordedNeeds {
  bool vision = false;
  bool audio = false;
  bool files = false;
  bool tools = false;
  bool json_schema = false;

  friend bool operator==(const RecordedNeeds&, const RecordedNeeds&) = default;
};

/// One request as the ledger keeps it: a line of the journal, a row of the request log.
struct RequestRecord {
  std::string id;         // ours, unique: "req_" and 20 characters
  std::string request_id; // the client's x-request-id if it sent a sane one; read back, else `id`
  WallTime started{};
  std::string node;
  std::string key; // name of the virtual key, empty if none was needed
  std::string team;
  std::string route; // name of the route, empty for a bare or provider/model name
  std::string asked_model;
  std::string provider; // the last one tried, empty if none was
  std::string model;
  std::string first_provider;
  std::string first_error; // a failure_text: why others were asked after the first; empty if none
  std::string endpoint;    // "/v1/chat/completions"
  std::string client;
  int status = 0;
  Outcome outcome = Outcome::first_try;
  std::string error_code; // empty if none
  std::int64_t attempts = 0;
  bool stream = false;
  RecordedNeeds needs;
  std::int64_t tools = 0;  // that it brought along
  bool http_1_0 = false;   // else 1.1
  std::string traceparent; // W3C's, as the client sent it; empty if it did not
  std::string finish;      // stop, length, tool_calls, content_filter or empty
  std::int64_t tokens_in = 0;
  std::int64_t tokens_cached = 0;
  std::int64_t tokens_cache_write = 0;
  std::int64_t tokens_out = 0;
  std::int64_t tokens_reasoning = 0;
  bool tokens_estimated = false;
  std::optional<NanoDollars> cost;      // none: price unknown
  std::optional<NanoDollars> list_cost; // what it would have cost without the free tier
  std::int64_t latency_us = 0;
  std::optional<std::int64_t> first_token_us;
  std::int64_t queued_us = 0;   // of it spent waiting for quota
  std::int64_t overhead_us = 0; // latency less what was spent waiting for providers and quota
  std::uint64_t config_version = 0;
};

} // namespace gateway
