#include "actors/cluster/peers.hpp"

#include "actors/cluster/membership.hpp"
#include "net/base/log.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr Nanoseconds leaver_hears_within = 1s;

} // namespace

Peers::Peers(Own own)
    : own_(std::move(own)), book_(own_.hello.name, own_.join, own_.seed),
      formation_(own_.hello.name) {}

// Who is refused comes again; that is told once, unless the reason is another.
void Peers::log_refusal(const Hello& hello, const LinkRefusal& refusal) {
  if (refused_.size() > Hello::members_max) refused_.clear();
  const bool is_news = std::exchange(refused_[hello.name], refusal.text) != refusal.text;
  const auto address = text_of(hello.address);
  if (!is_news || refusal.reason == LinkRefusal::Reason::linked_already)
    log::debug("link refused peer={} address={} why={}", hello.name, address, refusal.text);
  else
    log::warn("link refused peer={} address={} why={}", hello.name, address, refusal.text);
}

void Peers::runs_version(std::uint64_t config_version) {
  own_.hello.config_version = config_version;
  events_.emplace_back(TellAll{});
}

void Peers::leaves() {
  own_.hello.is_leaving = true;
  events_.emplace_back(TellAll{});
}

void Peers::follow(const ClusterRecord& record, std::uint32_t self, Instant now) {
  const auto before = std::exchange(members_, {});
  for (const auto& [number, member] : record.members()) members_[number] = member.name;
  members_known_ = record.known();
  for (auto& [link, entry] : links_) {
    if (!entry.hello) continue;
    // Who was linked before it was a member may not have said yet which one it is.
    if (const auto* const member = record.member_of_node(entry.hello->id))
      entry.hello->number = member->number;
    if (!was_removed(*entry.hello)) continue;
    // By the log, usually. If not, it comes again, and is told so.
    const bool hears_yet = entry.hello->is_leaving;
    if (!entry.ends_at) entry.ends_at = now + (hears_yet ? leaver_hears_within : Nanoseconds{0});
  }
  for (const auto& [number, name] : before) {
    if (members_.contains(number) || is_member(record, name) || link_of(name)) continue;
    forget(name, now);
    events_.emplace_back(IsDown{name, true});
  }
  if (std::exchange(own_.hello.number, self) != self) events_.emplace_back(TellAll{});
}

bool Peers::was_removed(const Hello& hello) const {
  return hello.cluster == own_.hello.cluster && hello.number && *hello.number < members_known_
    && !members_.contains(*hello.number);
}

void Peers::forget(const std::string& name, Instant now) {
  gone_.erase(name);
  book_.removed(name, now);
}

Judgement Peers::judge_hello(const Hello& hello, Link link, bool began) const {
  constexpr std::string_view how_back =
    ": it can join as a new member, without what it held before.";
  const auto removed = [&](std::string_view how, std::string cluster) {
    std::string text = hello.name;
    text.append(how).append(how_back);
    return Judgement{
      LinkRefusal{LinkRefusal::Reason::removed, std::move(text), std::move(cluster)}, false};
  };
  if (was_removed(hello)) return removed(" was removed from the cluster", "");
  if (std::ranges::count(own_.hello.recovered_from, hello.cluster) > 0)
    return removed("'s cluster was recovered without it", own_.hello.cluster);
  return judge(own_.hello, hello, lives(link), began);
}

Hello Peers::own() const {
  auto hello = own_.hello;
  hello.members = book_.linked_members();
  if (hello.members.size() > Hello::members_max) hello.members.resize(Hello::members_max);
  return hello;
}

std::vector<LinkedLife> Peers::lives(Link but) const {
  std::vector<LinkedLife> lives;
  for (const auto& [number, entry] : links_)
    if (entry.hello && number != but)
      lives.push_back(
        {entry.hello->name, entry.hello->id, entry.hello->incarnation, entry.place.has_value()});
  return lives;
}

Peers::Link Peers::begin(const PeerAddress& place) {
  links_[++links_made_].place = place;
  return links_made_;
}

Peers::Verdict Peers::found(Link link, const std::string& process) {
  const auto which = links_.find(link);
  if (which == links_.end() || !which->second.place) return Verdict::leave;
  const auto& place = *which->second.place;
  const auto there = std::ranges::find_if(
    links_, [&](const auto& item) { return item.second.hello && item.second.process == process; });
  if (process != own_.process && there == links_.end()) {
    which->second.process = process;
    // Two processes that connect to each other at once lose both connections (CAF 0.17): the one
    // with the smaller id goes first.
    return own_.process < process ? Verdict::connect : Verdict::connect_later;
  }
  if (there == links_.end())
    book_.is_ourselves(place);
  else
    book_.belongs_to(place, there->second.hello->name);
  links_.erase(which);
  return Verdict::leave;
}

std::optional<LinkRefusal> Peers::greeted(Link link, Hello hello, Moment at) {
  const auto which = links_.find(link);
  if (which == links_.end())
    return LinkRefusal{LinkRefusal::Reason::malformed, "The link is over."};
  auto judgement = judge_hello(hello, link, true);
  if (judgement.refusal) {
    log_refusal(hello, *judgement.refusal);
    return std::move(judgement.refusal);
  }
  if (judgement.replaces) replace(hello.id, link, at);
  which->second.hello = std::move(hello);
  return std::nullopt;
}

Peers::Admission
Peers::admit(Hello hello, const std::string& process, const std::string& seen, Moment at) {
  if (hello.address.host.empty()) hello.address.host = seen;
  if (
    !own_.hello.cluster.empty() && std::ranges::count(hello.recovered_from, own_.hello.cluster) > 0)
    events_.emplace_back(IsRemoved{hello.cluster});
  auto judgement = judge_hello(hello, 0, false);
  if (judgement.refusal) {
    log_refusal(hello, *judgement.refusal);
    return {0, *std::move(judgement.refusal)};
  }
  if (judgement.replaces) replace(hello.id, 0, at);
  auto& entry = links_[++links_made_];
  entry.process = process;
  entry.hello = std::move(hello);
  // Whoever does not want this node after all says so to a hello, and to nothing else.
  book_.told({{entry.hello->name, entry.hello->address}}, at.now);
  return {links_made_, own()};
}

// Whatever link there was with that node gives way.
void Peers::replace(const std::string& id, Link but, Moment at) {
  for (auto which = links_.begin(); which != links_.end();) {
    const auto here = which++;
    if (here->first == but || !here->second.hello || here->second.hello->id != id) continue;
    const std::string why = "another link takes its place";
    events_.emplace_back(EndLink{here->first, why});
    remove(here, why, at.now);
  }
}

void Peers::up(Link link, Moment at) {
  const auto which = links_.find(link);
  if (which == links_.end() || !which->second.hello || which->second.is_up) return;
  auto& entry = which->second;
  const auto& hello = *entry.hello;
  entry.is_up = true;
  entry.since = entry.heard_at = at.wall;
  refused_.erase(hello.name);
  gone_.erase(hello.name);
  book_.linked(hello.name, hello.address, entry.place, at.now);
  log::info(
    "peer linked name={} address={} version={} began={}",
    hello.name,
    text_of(hello.address),
    hello.version,
    entry.place ? own_.hello.name : hello.name);
  events_.emplace_back(IsUp{hello});
  events_.emplace_back(TellAll{});
  told(link, hello, at);
}

void Peers::told(Link link, Hello hello, Moment at) {
  const auto which = links_.find(link);
  if (which == links_.end() || !which->second.is_up) return;
  auto& entry = which->second;
  entry.heard_at = at.wall;
  entry.hello->cluster = std::move(hello.cluster);
  if (hello.number) entry.hello->number = hello.number;
  entry.hello->config_version = hello.config_version;
  if (std::exchange(entry.hello->is_leaving, hello.is_leaving) != hello.is_leaving)
    events_.emplace_back(IsUp{*entry.hello});
  if (own_.hello.cluster.empty() && !entry.hello->cluster.empty())
    take_cluster(entry.hello->cluster);
  book_.told(hello.members, at.now);
  part_ways(link, entry);
}

// Two that belonged to no cluster may have taken different ones since their hello.
void Peers::part_ways(Link link, const Entry& entry) {
  const auto judgement = judge(own_.hello, *entry.hello, {}, true);
  if (!judgement.refusal) return;
  log_refusal(*entry.hello, *judgement.refusal);
  events_.emplace_back(EndLink{link, judgement.refusal->text});
}

void Peers::measured(Link link, Nanoseconds round_trip, std::uint64_t dropped, WallTime wall) {
  const auto which = links_.find(link);
  if (which == links_.end()) return;
  which->second.round_trip = round_trip;
  which->second.dropped = dropped;
  which->second.heard_at = wall;
}

void Peers::ended(Link link, const std::string& why, bool was_refused, Moment at) {
  const auto which = links_.find(link);
  if (which == links_.end()) return;
  const auto entry = which->second;
  remove(which, why, at.now);
  if (!entry.place || (entry.is_up && !was_refused)) return;
  const bool is_news = was_refused ? book_.refused(*entry.place, why, at.now)
                                   : book_.failed(*entry.place, why, at.now);
  if (is_news) log::warn("peer not linked address={} why={}", text_of(*entry.place), why);
}

void Peers::remove(Entries::iterator which, const std::string& why, Instant now) {
  const auto entry = std::move(which->second);
  links_.erase(which);
  if (!entry.is_up) return;
  const auto& peer = entry.hello->name;
  log::warn("peer lost name={} why={}", peer, why);
  book_.unlinked(peer, now);
  auto gone = state_of(entry);
  gone.is_linked = false;
  const bool for_good = was_removed(*entry.hello);
  if (for_good)
    forget(peer, now);
  else
    gone_.insert_or_assign(peer, std::move(gone));
  events_.emplace_back(IsDown{peer, for_good});
  events_.emplace_back(TellAll{});
}

void Peers::resolved(const PeerAddress& name, const std::vector<PeerAddress>& found, Instant now) {
  book_.resolved(name, found, now);
}

void Peers::not_resolved(const PeerAddress& name, const std::string& why, Instant now) {
  if (book_.not_resolved(name, why, now))
    log::warn("address of --join not found name={} why={}", text_of(name), why);
}

AddressBook::Due Peers::tick(Instant now) {
  for (auto& [link, entry] : links_)
    if (entry.ends_at && *entry.ends_at <= now) {
      entry.ends_at.reset();
      events_.emplace_back(EndLink{link, "it was removed from the cluster"});
    }
  if (own_.hello.cluster.empty() && !is_beginning_) {
    Formation::View view;
    view.places_given = book_.places_given();
    view.is_every_name_resolved = book_.is_every_name_resolved();
    for (const auto& member : book_.linked_members()) view.linked.insert(member.name);
    view.heard_of = book_.names();
    if (formation_.begins(view, now)) {
      log::info("cluster begins nodes={}", view.linked.size() + 1);
      is_beginning_ = true;
      events_.emplace_back(BeginCluster{own_.new_cluster});
    }
  }
  return book_.take_due(now);
}

void Peers::began() {
  is_beginning_ = false;
  if (!own_.hello.cluster.empty()) return; // another one was there first
  own_.hello.cluster = own_.new_cluster;
  events_.emplace_back(TellAll{});
}

void Peers::take_cluster(const std::string& cluster) {
  own_.hello.cluster = cluster;
  log::info("node belongs to cluster id={}", cluster);
  events_.emplace_back(KeepCluster{cluster});
  events_.emplace_back(TellAll{});
}

std::vector<Peers::Event> Peers::take_events() {
  return std::exchange(events_, {});
}

std::optional<Peers::Link> Peers::link_of(const std::string& peer) const {
  for (const auto& [number, entry] : links_)
    if (entry.is_up && entry.hello->name == peer) return number;
  return std::nullopt;
}

std::string Peers::peer_of(Link link) const {
  const auto which = links_.find(link);
  return which == links_.end() || !which->second.is_up ? "" : which->second.hello->name;
}

std::vector<Peers::Link> Peers::up_links() const {
  std::vector<Link> numbers;
  for (const auto& [number, entry] : links_)
    if (entry.is_up) numbers.push_back(number);
  return numbers;
}

std::vector<Hello> Peers::linked() const {
  std::vector<Hello> hellos;
  for (const auto& [number, entry] : links_)
    if (entry.is_up) hellos.push_back(*entry.hello);
  return hellos;
}

MemberState Peers::state_of(const Entry& entry) {
  MemberState member;
  member.name = entry.hello->name;
  member.address = entry.hello->address;
  member.incarnation = entry.hello->incarnation;
  member.version = entry.hello->version;
  member.started = WallTime{Milliseconds{entry.hello->started_ms}};
  member.config_version = entry.hello->config_version;
  member.is_linked = entry.is_up;
  member.last_seen = entry.heard_at;
  member.linked_since = entry.since;
  member.round_trip = entry.round_trip;
  member.dropped = entry.dropped;
  return member;
}

ClusterState Peers::state(WallTime wall) const {
  auto members = gone_;
  for (const auto& [number, entry] : links_)
    if (entry.is_up) members.insert_or_assign(entry.hello->name, state_of(entry));
  Entry self;
  self.hello = own_.hello;
  self.is_up = true;
  self.since = self.heard_at = wall;
  members.insert_or_assign(own_.hello.name, state_of(self));

  ClusterState seen;
  seen.cluster = own_.hello.cluster;
  seen.self = own_.hello.name;
  for (auto& [name, member] : members) seen.members.push_back(std::move(member));
  for (auto& place : book_.out_of_reach())
    seen.unreached.push_back(
      {std::move(place.address), std::move(place.name), std::move(place.problem)});
  return seen;
}

} // namespace gateway
