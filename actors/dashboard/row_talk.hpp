#pragma once

#include "net/base/result.hpp"
#include "persistence/request_filter.hpp"
#include "persistence/request_record.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What nodes ask each other and tell of requests as they end, while somebody watches them one by
/// one. What is read back and was not written so is an error of kind invalid_value.
namespace gateway {

/// Which requests: those that any of it is about.
struct RowsWish {
  static constexpr std::size_t filters_max = 64;

  bool failovers = false;
  std::vector<RequestFilter> filters;

  bool is_empty() const noexcept { return !failovers && filters.empty(); }
  void add(const RowsWish& other);
};

/// How far somebody was told: of that life of a node, up to the request of that number.
struct RowsMark {
  std::uint64_t life = 0; // random; 0: of none
  std::uint64_t next = 0;

  friend bool operator==(const RowsMark&, const RowsMark&) = default;
};

struct RowsQuestion {
  RowsMark mark;
  RowsWish wish;
};
std::string encode_rows_question(const RowsQuestion& question);
Result<RowsQuestion> decode_rows_question(std::string_view bytes);

struct RowsTold {
  static constexpr std::size_t records_max = 200;

  RowsMark mark; // after them
  std::vector<RequestRecord> records;
  std::int64_t left_out = 0; // some of these may have been wanted as well
};
std::string encode_rows(const RowsTold& told);
Result<RowsTold> decode_rows(std::string_view bytes);

} // namespace gateway
