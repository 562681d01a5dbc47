#include "actors/api/access.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/api/list_query.hpp"
#include "actors/api/other_nodes.hpp"
#include "actors/api/pages.hpp"
#include "actors/api/scope_json.hpp"
#include "actors/runtime/ask.hpp"
#include "actors/runtime/tell.hpp"
#include "net/base/header_list.hpp"
#include "net/base/json_text.hpp"

#include <fmt/format.h>

#include <array>
#include <sys/socket.h>

// GET /stream: what changes, as server-sent events, at each browser's own pace.
namespace gateway {
namespace {

constexpr std::size_t browsers_max = 1'000; // of a node
constexpr std::chrono::seconds come_back_after{5};
constexpr std::chrono::seconds silence_max{2}; // then a beat is sent
// A session may be over, an admin removed from the document.
constexpr std::chrono::seconds admin_look_every{60};
// What the kernel holds of events that a browser does not take: of its own accord it would hold
// megabytes, and they would be old when they are read.
constexpr int unsent_bytes_max = 64 * 1024;
constexpr std::string_view retry_line = "retry: 1000\n\n";

struct Wanted {
  std::shared_ptr<const StreamTopics> topics;
  std::optional<StreamPosition> position; // where an earlier stream ended
  bool is_slow = false;
};

Result<Wanted> read_wishes(const RequestHead& head) {
  GATEWAY_TRY(
    auto topics, read_topics(query_value(head.query, "topics"), query_values(head.query, "f")));
  topics.nodes = ViewScope{read_list(head.query, "node")};
  Wanted wanted;
  wanted.topics = std::make_shared<const StreamTopics>(std::move(topics));
  const auto hz = query_value(head.query, "hz");
  if (!hz.empty() && hz != "1" && hz != "4")
    return fail(ErrorKind::invalid_value, "hz must be 1 or 4.", "hz");
  wanted.is_slow = hz == "1";
  auto id = query_value(head.query, "last_event_id");
  // The header is of this very stream, the query of the address it was opened with.
  if (const auto header = head.find("last-event-id")) id = *header;
  wanted.position = read_position(id);
  return wanted;
}

// One browser among those of the node; tells the dashboard when it leaves.
class Browser {
public:
  Browser(Context& context, std::shared_ptr<const StreamTopics> topics)
      : context_(context), topics_(std::move(topics)) {
    ++context_.node.browsers;
  }
  ~Browser() {
    --context_.node.browsers;
    if (listens_) tell(context_.unit, context_.dashboard, StreamClosed{topics_});
  }
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  Co<Result<StreamOpenAnswer>> open(std::optional<std::uint64_t> before) {
    listens_ = true;
    StreamOpenRequest question{topics_, before};
    auto asked = ask<StreamOpenAnswer>(context_.unit, context_.dashboard, std::move(question));
    auto answer = co_await asked;
    if (answer && answer->opened.refused) listens_ = false;
    co_return answer;
  }
  Co<Result<StreamOpenAnswer>> begin_anew() {
    SnapshotRequest question{topics_->nodes};
    auto asked = ask<StreamOpenAnswer>(context_.unit, context_.dashboard, std::move(question));
    co_return co_await asked;
  }

private:
  Context& context_;
  std::shared_ptr<const StreamTopics> topics_;
  bool listens_ = false;
};

std::string hello(const Context& context, const Wanted& wanted, const StreamOpenAnswer& answer) {
  std::string json = "{";
  append_merged_scope(json, context.node, wanted.topics->nodes.nodes(), answer.nodes);
  json += R"(,"now":)" + std::to_string(milliseconds_since_epoch(wall_now()));
  json += R"(,"node":)";
  append_json_string(json, context.node.node);
  json += R"(,"nodes":[)";
  append_json_string(json, context.node.node);
  for (const auto& other : linked_nodes(context.node)) append_json_string(json += ',', other);
  json += R"(],"ui_build":)";
  append_json_string(json, ui_build());
  json += fmt::format(
    R"(,"config_version":{},"tick_ms":{},"resumed":{}}})",
    context.in_force->directory->plan->document->version,
    wanted.is_slow ? 1'000 : 250,
    !answer.opened.snapshot);
  return event_text("hello", json);
}

std::string beat() {
  return event_text("beat", fmt::format(R"({{"now":{}}})", milliseconds_since_epoch(wall_now())));
}

// Looks now and then whether the one who listens still may.
class Permission {
public:
  Permission(Context& context, const Exchange& exchange)
      : context_(context), exchange_(exchange), in_force_(context.in_force) {}

  Co<bool> stands() {
    const auto now = BootClock::now();
    if (context_.in_force == in_force_ && now < due_) co_return true;
    in_force_ = context_.in_force;
    due_ = now + admin_look_every;
    const auto caller = co_await find_caller(context_, exchange_);
    co_return static_cast<bool>(caller);
  }

private:
  Context& context_;
  const Exchange& exchange_;
  std::shared_ptr<const InForce> in_force_;
  Instant due_ = BootClock::now() + admin_look_every;
};

// Sends what is told from `at` on until the browser leaves or must.
Co<void> follow(
  Context& context,
  Exchange& exchange,
  const Wanted& wanted,
  Browser& browser,
  StreamPosition from) {
  auto& feed = context.feed;
  auto& [epoch, at] = from;
  auto channel = feed.channel(wanted.topics->nodes, epoch);
  StreamFeed::Reader reader{feed, std::move(channel), wanted.is_slow, exchange.socket()};
  Permission permission{context, exchange};
  auto due = BootClock::now() + silence_max;
  while (!feed.is_closed()) {
    if (!co_await permission.stands()) break;
    Result<void> written;
    if (reader.ring().has_missed(at)) {
      auto anew = co_await browser.begin_anew();
      if (!anew) co_return;
      at = anew->opened.position;
      const auto id = id_line(epoch, at);
      written = co_await exchange.write(id);
      if (written) written = co_await exchange.write(*anew->opened.snapshot);
    } else {
      auto batch = reader.ring().take(at, *wanted.topics);
      at = batch.position;
      if (batch.text.empty() && BootClock::now() >= due) batch.text = id_line(epoch, at) + beat();
      if (batch.text.empty()) {
        co_await reader.wait_until(due);
        continue;
      }
      written = co_await exchange.write(batch.text);
    }
    if (!written) co_return;
    due = BootClock::now() + silence_max;
  }
  // A browser that left meanwhile needs no end.
  [[maybe_unused]] const auto ended = co_await exchange.end();
}

void begin(Exchange& exchange) {
  ::setsockopt(
    exchange.socket(), SOL_SOCKET, SO_SNDBUF, &unsent_bytes_max, sizeof unsent_bytes_max);
  HeaderList headers;
  headers.add("content-type", "text/event-stream");
  headers.add("cache-control", "no-store");
  headers.add("x-accel-buffering", "no");
  const auto all = headers.all();
  exchange.begin(200, all);
}

// Where the earlier stream ended, if all that came since is still here.
std::optional<std::uint64_t> kept_position(const Context& context, const Wanted& wanted) {
  const bool is_kept =
    wanted.position && context.feed.covers(wanted.topics->nodes, *wanted.position);
  return is_kept ? std::optional{wanted.position->sequence} : std::nullopt;
}

// The snapshot is not copied, and let go of behind it: a crowd may be taking it slowly.
Co<Result<void>>
greet(Context& context, Exchange& exchange, const Wanted& wanted, StreamOpenAnswer answer) {
  const auto& opened = answer.opened;
  const bool resumed = !opened.snapshot;
  const auto id = id_line(opened.epoch, opened.position);
  const auto greeting = hello(context, wanted, answer);
  // A stream that was cut behind its hello must not go on without the snapshot.
  const auto first = std::string{retry_line} + (resumed ? id + greeting : greeting + id);
  auto written = co_await exchange.write(first);
  if (written && !resumed) written = co_await exchange.write(*opened.snapshot);
  co_return written;
}

Co<void> listen(Context& context, Exchange& exchange, Wanted wanted) {
  Browser browser{context, wanted.topics};
  auto opened = co_await browser.open(kept_position(context, wanted));
  if (!opened) {
    co_await answer_problem(exchange, std::move(opened.error()));
    co_return;
  }
  if (const auto refused = opened->opened.refused) {
    const auto* why = refused == Broadcaster::Refusal::scopes
      ? "Too many different sets of nodes are listened to at this node: ask for all, or another "
        "one."
      : "Too many browsers listen to requests by filters of their own.";
    Error busy{ErrorKind::overloaded, why, "", come_back_after};
    co_return co_await answer_problem(exchange, std::move(busy));
  }
  begin(exchange);
  StreamPosition from;
  from.epoch = opened->opened.epoch;
  from.sequence = opened->opened.position;
  auto greeted = greet(context, exchange, wanted, *std::move(opened));
  const auto written = co_await greeted;
  if (!written) co_return;
  auto followed = follow(context, exchange, wanted, browser, std::move(from));
  co_await followed;
}

Co<void> stream(Context& context, Exchange& exchange) {
  auto wanted = read_wishes(exchange.head());
  if (!wanted) {
    co_await answer_problem(exchange, std::move(wanted.error()));
    co_return;
  }
  const bool is_full = context.node.browsers.load() >= browsers_max;
  if (context.feed.is_closed() || is_full) {
    Error busy{
      ErrorKind::overloaded, "Too many browsers listen to this node.", "", come_back_after};
    if (!is_full) busy = {ErrorKind::draining, "This node is being stopped.", "", come_back_after};
    co_await answer_problem(exchange, std::move(busy));
    co_return;
  }
  if (exchange.head().method == "HEAD") {
    begin(exchange);
    [[maybe_unused]] const auto ended = co_await exchange.end();
    co_return;
  }
  co_await listen(context, exchange, *std::move(wanted));
}

} // namespace

std::span<const Route> stream_routes() {
  static constexpr std::array routes{Route{"GET", "/admin/v1/stream", AdminRole::viewer, stream}};
  return routes;
}

} // namespace gateway
