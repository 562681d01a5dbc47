#pragma once

#include <optional>
#include <string>

namespace gateway {

/// What files of earlier lives say, as read at the start; none where there is no such file.
struct BookPast {
  std::optional<std::string> clean_stop; // DATA/permits.clean.json
  std::optional<std::string> journal;    // DATA/permits.journal.jsonl
};

} // namespace gateway
