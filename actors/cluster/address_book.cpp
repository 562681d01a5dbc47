#include "actors/cluster/address_book.hpp"

#include <algorithm>
#include <utility>

namespace gateway {
namespace {

// Beyond it a pause does not grow any more.
constexpr int failures_max = 16;

// These stand for themselves.
bool is_ip_address(const std::string& host) {
  return host.find(':') != std::string::npos
    || host.find_first_not_of("0123456789.") == std::string::npos;
}

} // namespace

AddressBook::AddressBook(std::string self, std::vector<PeerAddress> join, std::uint64_t seed)
    : self_(std::move(self)), chance_(seed) {
  for (auto& name : join) {
    if (is_ip_address(name.host)) resolved(name, {name}, Instant{});
    names_[std::move(name)];
  }
}

// Half as long up to one and a half times as long: nodes that failed together try apart.
Nanoseconds AddressBook::pause(int failures) {
  auto full = pause_least;
  for (int i = 1; i < failures && full < pause_most; ++i) full *= 2;
  full = std::min(full, pause_most);
  const auto thousandths = 500 + static_cast<std::int64_t>(chance_() % 1'001);
  return Nanoseconds{full} * thousandths / 1'000;
}

AddressBook::Entry* AddressBook::entry_for(const PeerAddress& place, Instant now) {
  auto found = places_.find(place);
  if (found == places_.end()) {
    if (places_.size() >= places_max || place.host.empty() || place.port == 0) return nullptr;
    found = places_.emplace(place, Entry{}).first;
    found->second.next_try = now;
  }
  found->second.spoken_of = now;
  return &found->second;
}

void AddressBook::resolved(
  const PeerAddress& name, const std::vector<PeerAddress>& found, Instant now) {
  auto& entry = names_[name];
  entry.is_under_way = false;
  entry.problem.clear();
  entry.next_try = now + resolved_again;
  entry.found = found;
  for (const auto& place : found)
    if (auto* there = entry_for(place, now)) there->is_given = true;
}

bool AddressBook::not_resolved(const PeerAddress& name, std::string why, Instant now) {
  auto& entry = names_[name];
  entry.is_under_way = false;
  entry.next_try = now + resolved_again;
  return std::exchange(entry.problem, why) != why;
}

void AddressBook::told(const std::vector<KnownMember>& members, Instant now) {
  for (const auto& member : members) {
    if (member.name == self_) continue;
    if (auto* entry = entry_for(member.address, now)) entry->name = member.name;
  }
}

void AddressBook::is_ourselves(const PeerAddress& place) {
  const auto found = places_.find(place);
  if (found == places_.end()) return;
  found->second.is_ours = true;
  found->second.is_under_way = false;
  found->second.problem.clear();
}

void AddressBook::belongs_to(const PeerAddress& place, const std::string& name) {
  const auto found = places_.find(place);
  if (found == places_.end()) return;
  found->second.name = name;
  found->second.is_under_way = false;
  found->second.failures = 0;
  found->second.problem.clear();
}

bool AddressBook::put_off(const PeerAddress& place, std::string why, Instant now, int failures) {
  const auto found = places_.find(place);
  if (found == places_.end()) return false;
  auto& entry = found->second;
  entry.is_under_way = false;
  entry.failures = std::min(failures, failures_max);
  entry.next_try = now + pause(entry.failures);
  return std::exchange(entry.problem, why) != why;
}

bool AddressBook::failed(const PeerAddress& place, std::string why, Instant now) {
  const auto found = places_.find(place);
  return put_off(
    place, std::move(why), now, found == places_.end() ? 1 : found->second.failures + 1);
}

bool AddressBook::refused(const PeerAddress& place, std::string why, Instant now) {
  return put_off(place, std::move(why), now, failures_max);
}

void AddressBook::linked(
  const std::string& name,
  const PeerAddress& address,
  const std::optional<PeerAddress>& dialled,
  Instant now) {
  linked_[name] = address;
  if (auto* entry = entry_for(address, now)) entry->name = name;
  if (dialled) belongs_to(*dialled, name);
  belongs_to(address, name);
}

void AddressBook::unlinked(const std::string& name, Instant now) {
  if (linked_.erase(name) == 0) return;
  for (auto& [address, entry] : places_) {
    if (entry.name != name) continue;
    entry.spoken_of = now;
    entry.next_try = now + pause(1);
  }
}

void AddressBook::removed(const std::string& name, Instant now) {
  forget(now);
  std::erase_if(places_, [&](const auto& item) {
    return item.second.name == name && !item.second.is_given && !is_linked(item.second);
  });
}

void AddressBook::forget(Instant now) {
  std::set<PeerAddress> given;
  for (const auto& [name, entry] : names_) given.insert(entry.found.begin(), entry.found.end());
  // A name may stand for other addresses by now.
  for (auto& [address, entry] : places_) entry.is_given = given.contains(address);
  std::erase_if(places_, [&](const auto& item) {
    const auto& entry = item.second;
    return !entry.is_given && !entry.is_ours && !entry.is_under_way && !is_linked(entry)
      && now - entry.spoken_of > kept_for;
  });
}

AddressBook::Due AddressBook::take_due(Instant now) {
  forget(now);
  Due due;
  for (auto& [name, entry] : names_) {
    if (is_ip_address(name.host) || entry.is_under_way || now < entry.next_try) continue;
    entry.is_under_way = true;
    due.names.push_back(name);
  }
  auto under_way = static_cast<std::size_t>(
    std::ranges::count_if(places_, [](const auto& item) { return item.second.is_under_way; }));
  for (auto& [address, entry] : places_) {
    if (under_way >= dials_max) break;
    if (entry.is_under_way || entry.is_ours || is_linked(entry) || now < entry.next_try) continue;
    entry.is_under_way = true;
    ++under_way;
    due.places.push_back(address);
  }
  return due;
}

std::vector<KnownMember> AddressBook::linked_members() const {
  std::vector<KnownMember> members;
  for (const auto& [name, address] : linked_) members.push_back({name, address});
  return members;
}

std::vector<AddressBook::Place> AddressBook::out_of_reach() const {
  std::vector<Place> list;
  for (const auto& [name, entry] : names_)
    if (!entry.problem.empty()) list.push_back({name, "", entry.problem});
  for (const auto& [address, entry] : places_)
    if (!entry.problem.empty() && !entry.is_ours && !is_linked(entry))
      list.push_back({address, entry.name, entry.problem});
  return list;
}

std::size_t AddressBook::places_given() const {
  return static_cast<std::size_t>(std::ranges::count_if(
    places_, [](const auto& item) { return item.second.is_given && !item.second.is_ours; }));
}

bool AddressBook::is_every_name_resolved() const {
  return std::ranges::all_of(names_, [](const auto& item) {
    return !item.second.found.empty() && item.second.problem.empty();
  });
}

std::set<std::string> AddressBook::names() const {
  std::set<std::string> names;
  for (const auto& [name, address] : linked_) names.insert(name);
  for (const auto& [address, entry] : places_)
    if (!entry.name.empty() && !entry.is_ours) names.insert(entry.name);
  return names;
}

} // namespace gateway
