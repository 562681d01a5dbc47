#pragma once

#include "persistence/request_search.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What nodes ask each other about their request logs, as bytes. What is read back and was not
/// written so is an error of kind invalid_value.
namespace gateway {

std::string encode_page_question(const RequestPaging::Wanted& wanted);
Result<RequestPaging::Wanted> decode_page_question(std::string_view bytes);
std::string encode_page(const RequestPage& page);
Result<RequestPage> decode_page(std::string_view bytes);

/// How many requests ended how, over time.
struct HistogramQuestion {
  RequestQuery query;
  UsageGrid grid;
};
std::string encode_histogram_question(const HistogramQuestion& question);
Result<HistogramQuestion> decode_histogram_question(std::string_view bytes);
std::string encode_histogram(const RequestHistogram& histogram);
Result<RequestHistogram> decode_histogram(std::string_view bytes);

/// One request and its trace. Of no request: empty.
struct FoundRequest {
  std::optional<RequestRecord> record;
  std::string trace;
};
std::string encode_found(const FoundRequest& found);
Result<FoundRequest> decode_found(std::string_view bytes);

} // namespace gateway
