#include "store_support.hpp"

#include "persistence/replay.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <stdlib.h>

namespace gateway::testing {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  auto form = (fs::temp_directory_path() / "gateway-test-XXXXXX").string();
  if (::mkdtemp(form.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = form;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored; // a folder left behind fails no test
  fs::remove_all(path_, ignored);
}

std::optional<int> FaultyFiles::fault(FileCall call) {
  ++calls;
  return fails ? fails(call, calls) : std::nullopt;
}

int FaultyFiles::open(const std::string& path, int flags, mode_t mode) {
  if (const auto error = fault(FileCall::open)) return -*error;
  const int descriptor = Files::open(path, flags, mode);
  const bool writes = (flags & (O_WRONLY | O_RDWR)) != 0;
  if (descriptor >= 0 && writes) {
    paths_[descriptor] = path;
    if ((flags & O_TRUNC) != 0)
      synced_[path] = 0;
    else
      synced_.try_emplace(path, static_cast<std::uint64_t>(Files::size(descriptor)));
  }
  return descriptor;
}

void FaultyFiles::close(int descriptor) {
  paths_.erase(descriptor);
  Files::close(descriptor);
}

ssize_t FaultyFiles::write(int descriptor, std::string_view bytes) {
  if (const auto error = fault(FileCall::write)) return -*error;
  if (short_write) bytes = bytes.substr(0, *short_write);
  short_write.reset();
  return Files::write(descriptor, bytes);
}

int FaultyFiles::sync(int descriptor) {
  if (const auto error = fault(FileCall::sync)) return -*error;
  if (const auto path = paths_.find(descriptor); path != paths_.end())
    synced_[path->second] = static_cast<std::uint64_t>(Files::size(descriptor));
  return 0;
}

int FaultyFiles::sync_folder(const std::string&) {
  const auto error = fault(FileCall::sync_folder);
  return error ? -*error : 0;
}

int FaultyFiles::truncate(int descriptor, std::uint64_t size) {
  if (const auto error = fault(FileCall::truncate)) return -*error;
  return Files::truncate(descriptor, size);
}

int FaultyFiles::rename(const std::string& from, const std::string& to) {
  if (const auto error = fault(FileCall::rename)) return -*error;
  const int result = Files::rename(from, to);
  if (result == 0)
    if (const auto moved = synced_.extract(from); !moved.empty()) synced_[to] = moved.mapped();
  return result;
}

int FaultyFiles::remove(const std::string& path) {
  if (const auto error = fault(FileCall::remove)) return -*error;
  return Files::remove(path);
}

void FaultyFiles::lose_power() {
  for (const auto& [path, size] : synced_) {
    std::error_code error;
    const auto there = fs::file_size(path, error);
    if (!error && there > size) fs::resize_file(path, size);
  }
}

WallTime at(int hour, int minute, int second, int day) {
  using namespace std::chrono;
  return WallTime{sys_days{year{2026} / November / day}} + hours{hour} + minutes{minute}
  + seconds{second};
}

RequestRecord sample_record(std::uint64_t number, WallTime ended) {
  RequestRecord record;
  auto digits = std::to_string(number);
  record.id = "req_" + std::string(20 - digits.size(), '0') + digits;
  record.request_id = "client-" + digits;
  record.started = ended - Milliseconds{1'376};
  record.node = "gw-waw-1";
  record.key = "web-app";
  record.team = "product";
  record.route = "chat-fast";
  record.asked_model = "chat-fast";
  record.provider = "cerebras";
  record.model = "llama-3.3-70b";
  record.first_provider = "groq";
  record.endpoint = "/v1/chat/completions";
  record.client = "10.4.18.22";
  record.status = 200;
  record.outcome = Outcome::failover;
  record.attempts = 2;
  record.stream = true;
  record.finish = "stop";
  record.tokens_in = 1'842;
  record.tokens_cached = 1'024;
  record.tokens_cache_write = 7;
  record.tokens_out = 412;
  record.tokens_reasoning = 12;
  record.tokens_estimated = true;
  record.cost = NanoDollars{0};
  record.list_cost = NanoDollars{2'060'000};
  record.latency_us = 1'376'482;
  record.first_token_us = 143'000;
  record.overhead_us = 860;
  record.config_version = 182;
  return record;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, std::string_view text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code missing; // then there are none
  for (const auto& entry : fs::directory_iterator(folder, missing))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> ids_in(const std::string& data) {
  std::vector<std::string> ids;
  Damage damage;
  const auto stored = journal_files(data + "/requests", Day::min());
  if (!stored) throw std::runtime_error(stored.error().message);
  for (const auto& file : *stored) {
    const auto replayed =
      replay_file(file, {}, {}, damage, [&](RequestRecord&& record, const Extent&) {
        ids.push_back(record.id);
      });
    if (!replayed) throw std::runtime_error(replayed.error().message);
  }
  return ids;
}

UsageStore load_store(const std::string& data, WallTime now) {
  LoadReport report;
  FaultyFiles files; // whose syncs cost nothing
  auto store = UsageStore::load(files, data, now, report);
  if (!store) throw std::runtime_error(store.error().message);
  return *std::move(store);
}

} // namespace gateway::testing
