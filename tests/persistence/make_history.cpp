// Fills a data folder with a made-up past, for measurements and end-to-end tests:
//   make-history DATA --until 2026-11-24 --days 365 --requests 1000000 --seed 1
// The days before --until get their totals; the day before it gets so many requests as well.
#include "made_history.hpp"

#include <charconv>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

namespace {

std::int64_t number(const std::string& text) {
  std::int64_t value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

} // namespace

int main(int count, char** words) {
  using namespace gateway;
  std::map<std::string, std::string, std::less<>> options{
    {"--until", ""}, {"--days", "365"}, {"--requests", "0"}, {"--seed", "1"}};
  bool understood = count >= 2;
  for (int i = 2; i + 1 < count; i += 2) {
    understood = understood && options.contains(words[i]);
    options[words[i]] = words[i + 1];
  }
  const auto behind = read_day(options["--until"]);
  const auto days = number(options["--days"]);
  const auto requests = number(options["--requests"]);
  const auto seed = number(options["--seed"]);
  if (!understood || !behind || days < 0 || days > 36'600 || requests < 0 || seed < 0) {
    std::cerr << "usage: make-history DATA --until YYYY-MM-DD [--days N] [--requests N] "
                 "[--seed N]\n";
    return 2;
  }
  const std::string data = words[1];
  const testing::MadeHistory history{static_cast<std::uint64_t>(seed)};
  testing::write_usage_days(history, data, *behind, static_cast<int>(days));
  const auto last = *behind - std::chrono::days{1};
  if (requests > 0)
    testing::write_request_day(history, data, last, *behind, static_cast<std::uint64_t>(requests));
}
