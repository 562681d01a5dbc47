#include "actors/what_if/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace gateway {
namespace {

constexpr std::size_t means_max = 10'000; // models asked for are strangers' text
constexpr std::size_t shifts_told_max = 4;
constexpr int peak_told_permille = 50; // a change of less is none
constexpr int peak_high_permille = 900;
constexpr Milliseconds hour{3'600'000};

// Refused because of how the document is, not because of how the request was.
bool routing_decided(const RequestRecord& record) {
  constexpr std::array<std::string_view, 5> codes{
    "rate_limit_exceeded",
    "insufficient_quota",
    "provider_quota_exhausted",
    "no_provider_available",
    "model_not_found"};
  return !record.provider.empty() || std::ranges::find(codes, record.error_code) != codes.end();
}

std::string in_dollars(std::int64_t nano) {
  return (nano < 0 ? "-$" : "$") + to_usd_text({std::abs(nano)});
}

std::int64_t an_hour(std::int64_t amount, Milliseconds window) {
  const auto hours = static_cast<double>(window.count()) / static_cast<double>(hour.count());
  return hours > 0 ? static_cast<std::int64_t>(static_cast<double>(amount) / hours) : 0;
}

std::string shifts_text(const std::map<std::string, ProviderShift>& providers) {
  std::vector<std::pair<std::string, ProviderShift>> shifts{providers.begin(), providers.end()};
  const auto size = [](const auto& shift) {
    return std::abs(shift.second.requests_after - shift.second.requests_before);
  };
  std::erase_if(shifts, [&](const auto& shift) { return size(shift) == 0; });
  std::ranges::stable_sort(shifts, std::greater{}, size);
  std::string text;
  for (std::size_t i = 0; i < std::min(shifts.size(), shifts_told_max); ++i)
    text += fmt::format(
      "{}{} {} → {}",
      i == 0 ? ": " : ", ",
      shifts[i].first,
      shifts[i].second.requests_before,
      shifts[i].second.requests_after);
  return text;
}

// "groq tpm", "groq llama tpm", "pool shared rpm".
std::string name_of(const QuotaSpec& spec) {
  std::string owner = spec.owner;
  if (owner.starts_with("provider/")) owner.erase(0, owner.find('/') + 1);
  if (const auto model = owner.find("/model/"); model != std::string::npos)
    owner.replace(model, std::string_view{"/model/"}.size(), " ");
  std::ranges::replace(owner, '/', ' ');
  return owner + " " + spec.name;
}

} // namespace

Comparison::Comparison(
  std::shared_ptr<const Document> before, std::shared_ptr<const Document> after)
    : before_(std::move(before)), after_(std::move(after)) {}

Usage Comparison::usage_of(const RequestRecord& record) {
  Usage usage;
  usage.known = true;
  if (means_.size() > means_max) means_.clear();
  auto& mean = means_[record.asked_model];
  if (record.tokens_in == 0 && mean.requests > 0) {
    ++totals_.unsized;
    usage.input = mean.input / mean.requests;
    usage.output = mean.output / mean.requests;
    return usage;
  }
  usage.input = record.tokens_in;
  usage.cached_input = record.tokens_cached;
  usage.cache_write = record.tokens_cache_write;
  usage.output = record.tokens_out;
  usage.reasoning = record.tokens_reasoning;
  if (record.tokens_in == 0) {
    ++totals_.unsized;
    return usage;
  }
  ++mean.requests;
  mean.input += usage.input;
  mean.output += usage.output;
  return usage;
}

void Comparison::add(const RequestRecord& record) {
  if (!routing_decided(record)) return;
  ++totals_.requests;
  const auto usage = usage_of(record);
  const auto before = before_.answer(record, usage);
  const auto after = after_.answer(record, usage);
  before_.learn_speed(record);
  after_.learn_speed(record);
  const auto count = [&](
                       const SimulatedAnswer& answer,
                       std::int64_t& refused,
                       std::int64_t& sum,
                       std::int64_t ProviderShift::*requests,
                       std::int64_t ProviderShift::*cost) {
    if (answer.offer == nullptr) {
      ++refused;
      return;
    }
    auto& shift = totals_.providers[answer.offer->provider->name];
    ++(shift.*requests);
    if (!answer.cost) {
      ++totals_.unpriced;
      return;
    }
    shift.*cost += answer.cost->count;
    sum += answer.cost->count;
  };
  count(
    before,
    totals_.refused_before,
    totals_.cost_before_n,
    &ProviderShift::requests_before,
    &ProviderShift::cost_before_n);
  count(
    after,
    totals_.refused_after,
    totals_.cost_after_n,
    &ProviderShift::requests_after,
    &ProviderShift::cost_after_n);
  const auto name = [](const SimulatedAnswer& answer) {
    return answer.offer == nullptr ? std::pair<std::string_view, std::string_view>{}
                                   : std::pair<std::string_view, std::string_view>{
                                     answer.offer->provider->name, answer.offer->model->name};
  };
  if (name(before) != name(after)) ++totals_.moved;
}

std::vector<Impact> Comparison::impact(Milliseconds window) const {
  std::vector<Impact> impact;
  if (totals_.moved > 0)
    impact.push_back(
      {false,
       fmt::format(
         "{} of {} requests would have gone elsewhere{}",
         totals_.moved,
         totals_.requests,
         shifts_text(totals_.providers))});
  if (totals_.cost_before_n != totals_.cost_after_n)
    impact.push_back(
      {totals_.cost_after_n > totals_.cost_before_n,
       fmt::format(
         "cost goes from {} to {} an hour",
         in_dollars(an_hour(totals_.cost_before_n, window)),
         in_dollars(an_hour(totals_.cost_after_n, window)))});
  if (totals_.refused_before != totals_.refused_after)
    impact.push_back(
      {totals_.refused_after > totals_.refused_before,
       fmt::format(
         "{} requests would have been refused, {} under the version in force",
         totals_.refused_after,
         totals_.refused_before)});
  add_limits(impact);
  return impact;
}

void Comparison::add_limits(std::vector<Impact>& impact) const {
  std::map<std::pair<std::string, std::string>, int> known;
  for (const auto* limit : before_.limits())
    known[{limit->spec().owner, limit->spec().name}] = limit->peak_permille();
  for (const auto* limit : after_.limits()) {
    const auto before = known.find({limit->spec().owner, limit->spec().name});
    const auto now = limit->peak_permille();
    if (before == known.end() || std::abs(now - before->second) < peak_told_permille) continue;
    impact.push_back(
      {now >= peak_high_permille,
       fmt::format(
         "{} use goes from {} % to {} % at its peak",
         name_of(limit->spec()),
         before->second / 10,
         now / 10)});
  }
}

std::vector<std::string> Comparison::notes() const {
  std::vector<std::string> notes{
    "both columns are simulated: what a request preferred (`provider` in its body) is not in the "
    "log, and another provider would have counted other tokens"};
  if (totals_.unsized > 0)
    notes.push_back(fmt::format(
      "{} requests got no answer; they count with the mean tokens of their model",
      totals_.unsized));
  if (totals_.unpriced > 0)
    notes.push_back(fmt::format("{} answers of unknown price are in no cost", totals_.unpriced));
  return notes;
}

} // namespace gateway
