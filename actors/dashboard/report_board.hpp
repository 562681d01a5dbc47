#pragma once

#include "net/base/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

/// How far somebody knows a node's report: all that was set in that life up to that version.
struct ReportMark {
  std::uint64_t life = 0; // random; 0: nothing is known
  std::uint64_t version = 0;

  friend bool operator==(const ReportMark&, const ReportMark&) = default;
};
std::string encode_report_mark(const ReportMark& mark);
/// Errors: invalid_value, as decode_report.
Result<ReportMark> decode_report_mark(std::string_view bytes);

/// What changed in a node's report since a mark.
struct ReportChanges {
  ReportMark mark;      // after them
  bool is_anew = false; // it is all there is, and nothing else holds any more
  std::vector<std::pair<std::string, std::string>> entries; // by key; empty: it is gone
};
/// Errors: invalid_value.
Result<ReportChanges> decode_report(std::string_view bytes);

/// What a node says of itself to the other ones: entries by key, each as it is now. Whoever knows
/// it up to a mark is told what changed since, however often and by whom it is asked.
class ReportBoard {
public:
  explicit ReportBoard(std::uint64_t life) : life_(life) {}

  void set(const std::string& key, std::string bytes);
  void erase(const std::string& key) { set(key, ""); }
  /// Bytes of ReportChanges. `more`: entries of this answer only, for whom it begins anew.
  std::string
  since(const ReportMark& mark, const std::vector<std::pair<std::string, std::string>>& more) const;
  bool begins_anew(const ReportMark& mark) const noexcept {
    return mark.life != life_ || mark.version > version_;
  }

private:
  struct Entry {
    std::string bytes;
    std::uint64_t version = 0;
  };
  std::uint64_t life_;
  std::uint64_t version_ = 0;
  std::map<std::string, Entry> entries_;
};

} // namespace gateway
