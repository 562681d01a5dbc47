#include "actors/dashboard/report_board.hpp"

#include "actors/cluster/wire.hpp"

namespace gateway {
namespace {

constexpr std::uint64_t layout = 1;
constexpr std::size_t key_bytes_max = 256;
constexpr std::size_t entry_bytes_max = 1024 * 1024;

Failed odd() {
  return fail(ErrorKind::invalid_value, "a report that can't be read");
}

} // namespace

std::string encode_report_mark(const ReportMark& mark) {
  WireWriter out;
  out.number(layout);
  out.number(mark.life);
  out.number(mark.version);
  return out.take();
}

Result<ReportMark> decode_report_mark(std::string_view bytes) {
  WireReader reader{bytes};
  const bool known = reader.number() == layout;
  ReportMark mark;
  mark.life = reader.number();
  mark.version = reader.number();
  if (!known || !reader.at_end()) return odd();
  return mark;
}

Result<ReportChanges> decode_report(std::string_view bytes) {
  WireReader reader{bytes};
  const bool known = reader.number() == layout;
  ReportChanges changes;
  changes.mark.life = reader.number();
  changes.mark.version = reader.number();
  changes.is_anew = reader.byte() == 1;
  for (auto left = reader.number(bytes.size()); left > 0 && !reader.failed(); --left) {
    const auto key = reader.text(key_bytes_max);
    changes.entries.emplace_back(key, reader.text(entry_bytes_max));
  }
  if (!known || !reader.at_end()) return odd();
  return changes;
}

void ReportBoard::set(const std::string& key, std::string bytes) {
  if (key.size() > key_bytes_max) return;
  auto& entry = entries_[key];
  if (entry.version > 0 && entry.bytes == bytes) return;
  entry = {std::move(bytes), ++version_};
}

std::string ReportBoard::since(
  const ReportMark& mark, const std::vector<std::pair<std::string, std::string>>& more) const {
  const bool is_anew = begins_anew(mark);
  WireWriter entries;
  std::size_t count = 0;
  const auto add = [&](const std::string& key, const std::string& bytes) {
    entries.text(key);
    entries.text(bytes);
    ++count;
  };
  for (const auto& [key, entry] : entries_)
    if (is_anew ? !entry.bytes.empty() : entry.version > mark.version) add(key, entry.bytes);
  if (is_anew)
    for (const auto& [key, bytes] : more) add(key, bytes);
  WireWriter out;
  out.number(layout);
  out.number(life_);
  out.number(version_);
  out.byte(is_anew ? 1 : 0);
  out.number(count);
  return out.take() + entries.take();
}

} // namespace gateway
