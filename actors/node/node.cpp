#include "actors/node/node.hpp"

#include "actors/api/context.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/config/effective.hpp"
#include "actors/node/admin_key.hpp"
#include "actors/node/books.hpp"
#include "actors/node/io_threads.hpp"
#include "actors/node/start_document.hpp"
#include "actors/runtime/asio_scheduler.hpp"
#include "actors/runtime/cast.hpp"
#include "net/demo/fleet.hpp"
#include "net/http/tls.hpp"
#include "persistence/folder_lock.hpp"

#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <cstdio>
#include <future>
#include <random>
#include <thread>

namespace gateway {
namespace {

constexpr std::chrono::seconds actor_answer_max{30};
constexpr Milliseconds drain_look_every{5};

struct SystemConfig : caf::actor_system_config {
  explicit SystemConfig(std::vector<Unit*> units) {
    add_message_types<caf::id_block::gateway>();
    schedule_on(*this, std::move(units));
  }
};

// Told when every io thread has the first version of the document.
struct FirstVersion {
  explicit FirstVersion(std::size_t threads) : missing(threads) {}
  std::atomic<std::size_t> missing;
  std::promise<void> reached;
};

std::string host_of_url(const std::string& url) {
  const auto begin = url.find("://") + 3;
  const auto authority = url.substr(begin, url.find('/', begin) - begin);
  return authority.substr(0, authority.rfind(':'));
}

std::uint32_t count_quotas(const Document& document) {
  std::size_t count = 0;
  for (const auto& [name, provider] : document.providers) {
    count += provider.limits.size();
    for (const auto& [model_name, model] : provider.models) count += model.limits.size();
  }
  for (const auto& [name, pool] : document.pools) count += pool.limits.size();
  for (const auto& [name, key] : document.keys) count += key.limits.size() + key.budget.has_value();
  for (const auto& [name, team] : document.teams)
    count += team.limits.size() + team.budget.has_value();
  for (const auto& [name, route] : document.routes) count += route.paid == PaidRule::usd_per_day;
  return static_cast<std::uint32_t>(count);
}

// What a start found in the store; damage is a person's business.
void report_load(const LoadReport& report) {
  log::info(
    "ledger read records_replayed={} snapshot={}", report.records_replayed, report.snapshot_used);
  if (report.snapshot_damaged)
    log::warn("usage snapshot was damaged, the journal was read instead");
  for (const auto& note : report.damage.notes) log::warn("journal was damaged: {}", note);
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// A door that others can reach needs a key, or somebody who says that it needs none.
Result<void> check_doors(const ServeOptions& options, const Document& document) {
  if (options.allow_open || !document.keys.empty()) return {};
  for (const auto& listen : options.listen)
    if (!is_loopback(listen.host))
      return fail(
        ErrorKind::invalid_value,
        "Listening on " + listen.host
          + " without an API key would let anybody in: put a key into the document's \"keys\", or "
            "say --allow-open.");
  return {};
}

} // namespace

/// Everything a node is made of, in the order it is made; destroyed the other way round.
struct Node::Inside {
  explicit Inside(ServeOptions its_options)
      : options(std::move(its_options)),
        threads(
          options.threads > 0 ? options.threads
                              : std::max(1u, std::thread::hardware_concurrency())) {}

  Result<void> open_store();
  Result<void> read_config();
  Result<void> bind();
  void start_actors();
  void serve();

  ServeOptions options;
  NodeState state;
  std::optional<FolderLock> lock;
  NodeIdentity identity;
  std::unique_ptr<DemoFleet> demo;
  StartDocument start;
  std::shared_ptr<PermitMemory> memory;
  std::optional<UsageStore> usage;
  std::shared_ptr<Journal> journal;
  std::vector<JournalLane*> lanes;
  std::shared_ptr<TlsRoots> roots;
  std::shared_ptr<TlsServer> tls;
  Server server;
  IoThreads threads;
  std::unique_ptr<SystemConfig> config;
  std::unique_ptr<caf::actor_system> system;
  std::vector<std::unique_ptr<Turn>> turns;
  std::vector<std::unique_ptr<Context>> contexts;
  std::vector<std::unique_ptr<Api>> apis;
  PermitJournalActor permit_journal;
  RouterActor router;
  LedgerActor ledger;
  ConfigActor config_actor;
  bool draining = false;
};

Result<void> Node::Inside::open_store() {
  GATEWAY_TRY(identity, load_identity(options.data));
  GATEWAY_TRY(state.admin_key_hash, load_admin_key(options));
  GATEWAY_TRY(memory, open_books(options, count_quotas(*start.document), identity));
  LoadReport report;
  GATEWAY_TRY(usage, UsageStore::load(real_files(), options.data, wall_now(), report));
  report_load(report);
  JournalOptions journal_options;
  journal_options.folder = options.data + "/requests";
  journal_options.durability = options.durability;
  GATEWAY_TRY(auto opened, Journal::open(real_files(), journal_options, wall_now()));
  journal = std::move(opened);
  journal->set_first_open_day(usage->first_appendable_day());
  for (std::size_t i = 0; i < threads.size(); ++i) lanes.push_back(&journal->make_lane());
  journal->start();
  GATEWAY_TRY(roots, load_tls_roots());
  return {};
}

Result<void> Node::Inside::read_config() {
  GATEWAY_TRY(lock, FolderLock::take(options.data));
  std::string added;
  if (options.demo) {
    GATEWAY_TRY(demo, DemoFleet::launch());
    added = demo->config_fragment();
  }
  GATEWAY_TRY(start, load_start_document(options, std::move(added)));
  // Before the document is kept: what a refused start has read can be mended in the file.
  if (auto safe = check_doors(options, *start.document); !safe) return safe;
  if (auto kept = keep_start_document(options, start); !kept) return kept;
  log::info("config in force version={}", start.stored.version);
  return {};
}

Result<void> Node::Inside::bind() {
  if (!options.tls_cert.empty()) {
    GATEWAY_TRY(tls, TlsServer::load(options.tls_cert, options.tls_key));
  }
  for (const auto& listen : options.listen)
    if (auto bound = server.bind(listen, threads.size(), tls); !bound) return bound;
  return {};
}

void Node::Inside::start_actors() {
  threads.start();
  config = std::make_unique<SystemConfig>(threads.units());
  system = std::make_unique<caf::actor_system>(*config);
  std::random_device chance;
  permit_journal = spawn_permit_journal(*system, options.data + "/permits.journal.jsonl");

  LedgerSpec ledger_spec{
    options.data,
    std::move(*usage),
    journal,
    {},
    start.document->settings.log_days,
    start.document->settings.log_max_gb,
    [this](bool ok) { state.storage_ok = ok; }};
  ledger = spawn_ledger(*system, std::move(ledger_spec));
  for (std::size_t i = 0; i < threads.size(); ++i) {
    turns.push_back(std::make_unique<Turn>(threads.unit(i), *lanes[i], options.durability, ledger));
    contexts.push_back(std::make_unique<Context>(threads.unit(i), *turns[i], roots, state, server));
    apis.push_back(std::make_unique<Api>(*contexts[i]));
  }

  const auto first_version = std::make_shared<FirstVersion>(threads.size());
  RouterSpec router_spec;
  router_spec.memory = memory;
  router_spec.journal = permit_journal;
  router_spec.seed = chance();
  router_spec.in_force = [first_version, this](const std::shared_ptr<const Directory>& directory) {
    const auto in_force = std::make_shared<const InForce>(
      InForce{directory, std::make_shared<const KeyTable>(directory->plan->document)});
    const auto missing = std::make_shared<std::atomic<std::size_t>>(threads.size());
    for (std::size_t i = 0; i < threads.size(); ++i)
      boost::asio::post(threads.thread(i).io(), [this, i, in_force, missing, first_version] {
        auto& context = *contexts[i];
        const bool first = context.in_force == nullptr;
        context.in_force = in_force;
        if (first && first_version->missing.fetch_sub(1) == 1) first_version->reached.set_value();
        if (missing->fetch_sub(1) == 1 && context.config)
          caf::anon_send(
            context.config, DocumentInForce{in_force->directory->plan->document->version});
      });
  };
  router = spawn_router(*system, std::move(router_spec));
  ConfigSpec config_spec;
  config_spec.file = options.config;
  config_spec.data = options.data;
  config_spec.added = start.added;
  config_spec.stored = start.stored;
  config_spec.document = start.document;
  config_spec.router = router;
  config_actor = spawn_config(*system, std::move(config_spec));
  first_version->reached.get_future().wait();
}

void Node::Inside::serve() {
  threads.run_on_all([this](std::size_t i) {
    contexts[i]->router = router;
    contexts[i]->ledger = ledger;
    contexts[i]->config = config_actor;
    threads.unit(i).set_turn(turns[i].get());
    server.serve(threads.thread(i), i, *apis[i]);
  });
  for (const auto& address : server.addresses()) std::printf("listening on %s\n", address.c_str());
  std::fflush(stdout);
}

Node::Node(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

Result<std::unique_ptr<Node>> Node::start(ServeOptions options) {
  auto inside = std::make_unique<Inside>(std::move(options));
  auto& state = inside->state;
  state.node = inside->options.node;
  state.allow_open = inside->options.allow_open;
  for (const auto& url : inside->options.public_urls)
    state.public_hosts.push_back(host_of_url(url));
  if (auto read = inside->read_config(); !read) return fail(std::move(read.error()));
  if (auto opened = inside->open_store(); !opened) return fail(std::move(opened.error()));
  if (auto bound = inside->bind(); !bound) return fail(std::move(bound.error()));
  inside->start_actors();
  inside->serve();
  return std::unique_ptr<Node>{new Node(std::move(inside))};
}

void Node::reload() {
  if (inside_->tls) {
    if (auto reloaded = inside_->tls->reload(); !reloaded)
      log::error("certificate not reloaded problem={}", reloaded.error().message);
    else
      log::info("certificate reloaded");
  }
  caf::anon_send(inside_->config_actor, ReloadRequest{});
}

bool Node::drain() {
  auto& node = *inside_;
  if (std::exchange(node.draining, true)) return true;
  node.state.draining = true;
  log::info("node drains requests={}", node.server.requests_in_flight());
  node.threads.run_on_all([&](std::size_t i) { node.server.stop_accepting(i); });
  const auto until = BootClock::now() + node.options.drain;
  while (!node.server.is_quiet() && BootClock::now() < until)
    std::this_thread::sleep_for(drain_look_every);
  node.threads.run_on_all([&](std::size_t i) { node.server.abort_all(i); });
  // Aborted calls still settle and are recorded; that takes a few turns of the loops.
  while (!node.server.is_quiet()) std::this_thread::sleep_for(drain_look_every);
  node.threads.run_on_all([&](std::size_t i) {
    node.contexts[i]->upstreams.close_idle();
    node.turns[i]->flush();
  });

  bool good = true;
  {
    caf::scoped_actor self{*node.system};
    self->request(node.ledger, actor_answer_max, LedgerStopRequest{})
      .receive([](const LedgerStopAnswer&) {}, [&](const caf::error&) { good = false; });
  }
  node.journal->stop();
  if (auto closed = close_books(node.options.data, *node.memory); !closed) {
    log::error("permit book not closed problem={}", closed.error().message);
    good = false;
  }
  return good;
}

Node::~Node() {
  drain();
  auto& node = *inside_;
  // Actors first, while the loops still run; then the loops (reference/request-path.md, section 6).
  const auto end = [](const auto& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  };
  end(node.config_actor);
  end(node.ledger);
  node.threads.run_on_all([&](std::size_t i) {
    node.threads.unit(i).set_turn(nullptr);
    node.contexts[i]->in_force.reset();
    node.contexts[i]->router = nullptr;
    node.contexts[i]->ledger = nullptr;
    node.contexts[i]->config = nullptr;
  });
  end(node.router);
  end(node.permit_journal);
  node.router = nullptr;
  node.ledger = nullptr;
  node.config_actor = nullptr;
  node.permit_journal = nullptr;
  node.turns.clear();
  node.threads.run_on_all([&](std::size_t i) { node.threads.unit(i).detach(); });
  node.system.reset();
  node.threads.stop();
  log::info("node stopped");
}

} // namespace gateway
