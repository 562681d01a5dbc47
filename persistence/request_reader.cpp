#include "persistence/request_reader.hpp"

#include "persistence/day.hpp"
#include "persistence/time_search.hpp"

#include <algorithm>
#include <fcntl.h>
#include <utility>

namespace gateway {
Result<RequestReader>
RequestReader::open(const std::string& data, WallTime from, WallTime to, std::uint64_t bytes_max) {
  RequestReader reader{from, to};
  GATEWAY_TRY(const auto files, journal_files(data + "/requests", day_of(from)));
  bool first = true;
  for (const auto& file : files) {
    if (file.name.day > day_of(to)) continue;
    std::uint64_t begin = 0;
    if (std::exchange(first, false)) {
      const Descriptor descriptor{real_files(), real_files().open(file.path, O_RDONLY, 0)};
      if (!descriptor.is_open()) continue; // retention was quicker
      const auto ended_at = [&reader](std::string_view line) {
        const auto record = check_line(line) ? reader.reader_.read(line) : std::nullopt;
        return record ? std::optional{ended(*record)} : std::nullopt;
      };
      GATEWAY_TRY(begin, find_time(real_files(), descriptor.number(), file.limit, from, ended_at));
    }
    if (begin >= file.limit) continue;
    reader.parts_.push_back({file.path, begin, file.limit});
    reader.bytes_ += file.limit - begin;
  }
  std::ranges::reverse(reader.parts_);
  // Of more than is wanted the oldest is left out.
  while (bytes_max > 0 && reader.bytes_ > bytes_max) {
    auto& oldest = reader.parts_.back();
    const auto cut = std::min(reader.bytes_ - bytes_max, oldest.end - oldest.begin);
    oldest.begin += cut;
    reader.bytes_ -= cut;
    reader.is_cut_ = true;
    if (oldest.begin == oldest.end) reader.parts_.pop_back();
  }
  return reader;
}

bool RequestReader::open_part() {
  read_ += std::exchange(at_, 0);
  lines_.reset();
  file_.reset();
  while (!parts_.empty()) {
    const auto part = std::move(parts_.back());
    parts_.pop_back();
    auto file =
      std::make_unique<Descriptor>(real_files(), real_files().open(part.path, O_RDONLY, 0));
    if (!file->is_open()) {
      read_ += part.end - part.begin;
      continue;
    }
    file_ = std::move(file);
    begin_ = part.begin;
    lines_.emplace(real_files(), file_->number(), part.begin, part.end);
    return true;
  }
  return false;
}

Result<std::optional<RequestRecord>> RequestReader::next() {
  for (;;) {
    if (!lines_ && !open_part()) return std::optional<RequestRecord>{};
    GATEWAY_TRY(const auto line, lines_->next());
    if (!line) {
      lines_.reset();
      continue;
    }
    at_ = line->end - begin_;
    if (!check_line(line->text)) continue;
    auto record = reader_.read(line->text);
    if (!record) continue;
    const auto end = ended(*record);
    if (end < from_ || end >= to_) continue;
    if (std::exchange(is_cut_, false)) from_ = end;
    return record;
  }
}

double RequestReader::progress() const noexcept {
  return bytes_ == 0 ? 1.0 : static_cast<double>(read_ + at_) / static_cast<double>(bytes_);
}

} // namespace gateway
