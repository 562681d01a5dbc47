#include "actors/node/node.hpp"

#include "actors/api/context.hpp"
#include "actors/api/endpoint.hpp"
#include "actors/config/effective.hpp"
#include "actors/node/admin_secrets.hpp"
#include "actors/node/audit_log_facts.hpp"
#include "actors/node/books.hpp"
#include "actors/node/cluster.hpp"
#include "actors/node/departure.hpp"
#include "actors/node/doors.hpp"
#include "actors/node/drain.hpp"
#include "actors/node/node_certificates.hpp"
#include "actors/node/process_use.hpp"
#include "actors/node/spread.hpp"
#include "actors/node/start_document.hpp"
#include "actors/node/version.hpp"
#include "actors/runtime/cast.hpp"
#include "actors/runtime/io_threads.hpp"
#include "actors/runtime/system_config.hpp"
#include "net/demo/fleet.hpp"
#include "persistence/folder_lock.hpp"
#include "persistence/usage_copies.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <future>
#include <random>
#include <unistd.h>

namespace gateway {

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
  void start_dashboard(std::vector<PastUsage> past);
  void find_removed(const std::string& other_cluster = "");
  void find_contradicted(std::uint64_t epoch);
  void share();
  void serve();

  ServeOptions options;
  NodeState state;
  std::optional<FolderLock> lock;
  NodeIdentity identity;
  OpenedLog document_log; // until its actor has it
  std::unique_ptr<DemoFleet> demo;
  StartDocument start;
  std::shared_ptr<PermitMemory> memory;
  std::optional<UsageStore> usage;
  std::string usage_id; // by which others know what is counted here
  AdminSecrets admin_secrets;
  AuditLogFacts told;
  std::shared_ptr<Journal> journal;
  std::vector<JournalLane*> lanes;
  std::shared_ptr<TlsRoots> roots;
  NodeCertificates certificates;
  Server server;
  IoThreads threads;
  std::unique_ptr<SystemConfig> config;
  std::unique_ptr<caf::actor_system> system;
  std::vector<std::unique_ptr<Turn>> turns;
  std::promise<void> first_version; // every io thread has one
  std::vector<std::unique_ptr<Context>> contexts;
  std::vector<std::unique_ptr<Api>> apis;
  PermitJournalActor permit_journal;
  ApiActors actors;
  ClusterActor cluster;
  BrokerActor broker;
  DocumentLogActor document_log_actor;
  bool draining = false;
  std::string next_cluster;                 // once it is removed; empty: the same
  std::atomic<bool> is_removed{false};      // from the cluster
  std::atomic<bool> is_contradicted{false}; // by what others know of its permit book
  bool has_left = false;
};

Result<void> Node::Inside::open_store() {
  GATEWAY_TRY(identity, load_identity(options.data));
  GATEWAY_TRY(document_log, open_document_log(options, identity));
  GATEWAY_TRY(admin_secrets, load_admin_secrets(options));
  GATEWAY_TRY(memory, open_books(options, count_quotas(*start.document), identity));
  if (may_have_been_removed(document_log, *memory, options.node, BootClock::now())) memory->hold();
  LoadReport report;
  GATEWAY_TRY(usage, UsageStore::load(real_files(), options.data, wall_now(), report));
  report_load(report);
  GATEWAY_TRY(usage_id, usage_source_id(options.data, identity.id));
  JournalOptions journal_options;
  journal_options.folder = options.data + "/requests";
  journal_options.durability = options.durability;
  GATEWAY_TRY(journal, Journal::open(real_files(), journal_options, wall_now()));
  journal->set_first_open_day(usage->first_appendable_day());
  for (std::size_t i = 0; i < threads.size(); ++i) lanes.push_back(&journal->make_lane());
  journal->start();
  state.journal = journal;
  GATEWAY_TRY(told, read_audit_log(options.data, wall_now()));
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
  if (auto loaded = certificates.load(options); !loaded) return loaded;
  const auto& tls = certificates.https();
  for (const auto& listen : options.listen)
    if (auto bound = server.bind(listen, threads.size(), tls); !bound) return bound;
  return options.cluster_listen ? look_at_cluster_port(*options.cluster_listen) : Result<void>{};
}

void Node::Inside::start_actors() {
  threads.start();
  config = std::make_unique<SystemConfig>(threads.units(), certificates.cluster().get());
  system = std::make_unique<caf::actor_system>(*config);
  std::random_device chance;
  permit_journal = spawn_permit_journal(*system, options.data + "/permits.journal.jsonl");
  actors.events = spawn_events(*system, {options.data, options.node, {}});
  caf::anon_send(actors.events, EventHappened{node_event("started, version " + state.version), 0});

  auto past = past_usage(usage->totals(), wall_now());
  LedgerSpec ledger_spec{
    options.data,
    std::move(*usage),
    journal,
    {},
    start.document->settings.log_days,
    start.document->settings.log_max_gb};
  actors.ledger = spawn_ledger(*system, std::move(ledger_spec));
  const UsageSource source{usage_id, options.node, {identity.incarnation, 0}};
  actors.history = spawn_history(*system, {options.data, source, actors.ledger, {}});
  for (std::size_t i = 0; i < threads.size(); ++i) {
    turns.push_back(
      std::make_unique<Turn>(threads.unit(i), *lanes[i], options.durability, actors.ledger));
    contexts.push_back(std::make_unique<Context>(threads.unit(i), *turns[i], roots, state, server));
    apis.push_back(std::make_unique<Api>(*contexts[i]));
  }

  cluster = make_cluster(
    *system,
    {options,
     identity,
     number_at_start(identity, document_log, *memory),
     certificates.cluster(),
     state.version,
     start.stored.version,
     [this](auto seen) { state.cluster = std::move(seen); },
     [this](const std::string& other) { find_removed(other); }});
  RouterSpec router_spec;
  if (options.cluster_listen) {
    const auto out_of_reach = [this](bool is_so) { state.is_somebody_out_of_reach = is_so; };
    const auto follows = [this](const std::string& name) {
      state.broker = std::make_shared<const std::string>(name);
    };
    router_spec.broker = actors.broker = broker = spawn_broker(
      *system,
      {memory,
       cluster,
       {},
       out_of_reach,
       follows,
       [this] { find_removed(); },
       [this](std::uint64_t epoch) { find_contradicted(epoch); }});
    router_spec.rests = spawn_rests(*system, {cluster, {}});
    actors.questions = spawn_questions(*system, {cluster, chance(), {}});
    actors.peer_history = spawn_peer_history(
      *system, {cluster, actors.questions, actors.ledger, actors.history, actors.events, usage_id});
    router_spec.shares = shares_at_start(options, identity, document_log);
    state.has_document = !identity.cluster.empty();
    state.in_cluster = true;
  }
  router_spec.memory = memory;
  router_spec.journal = permit_journal;
  router_spec.seed = chance();
  router_spec.events = actors.events;
  const auto everywhere = [peers = cluster, sharer = broker, rests = router_spec.rests](
                            Context& context, const std::shared_ptr<const Directory>& now) {
    caf::anon_send(peers, ClusterVersion{now->plan->document->version});
    if (sharer) {
      caf::anon_send(sharer, DirectoryInForce{now});
      caf::anon_send(rests, DirectoryInForce{now});
    }
    if (!context.config) return;
    caf::anon_send(context.config, DocumentInForce{now->plan->document->version});
    caf::anon_send(context.dashboard, DirectoryInForce{now});
  };
  router_spec.in_force = spread_to_threads(threads, contexts, first_version, everywhere);
  actors.router = spawn_router(*system, std::move(router_spec));
  actors.admins = spawn_admins(
    *system,
    {admin_secrets, std::move(told.ended_sessions), actors.events, {}, cluster, actors.questions});
  ConfigSpec config_spec;
  config_spec.file = options.config;
  config_spec.data = options.data;
  config_spec.added = start.added;
  config_spec.stored = start.stored;
  config_spec.document = start.document;
  config_spec.file_wins = start.file_wins;
  config_spec.router = actors.router;
  config_spec.events = actors.events;
  config_spec.version_told = told.version;
  config_spec.is_in_cluster = options.cluster_listen.has_value();
  actors.config = spawn_config(*system, std::move(config_spec));
  actors.what_if = spawn_what_if(*system, options.data);
  first_version.get_future().wait();
  start_dashboard(std::move(past));
  if (options.cluster_listen) share();
}

// From here on others have a say in what this node may do.
void Node::Inside::share() {
  caf::anon_send(broker, DirectoryInForce{contexts[0]->in_force->directory});
  const auto number = number_at_start(identity, document_log, *memory);
  auto spec = document_log_spec(options, identity, number, std::move(document_log));
  spec.cluster = cluster;
  spec.broker = broker;
  spec.router = actors.router;
  spec.config = actors.config;
  spec.joined = [this] { state.has_document = true; };
  spec.roles = [this](LogRoles roles) {
    state.roles = std::make_shared<const LogRoles>(std::move(roles));
  };
  spec.removed = [this] { find_removed(); };
  document_log_actor = spawn_document_log(*system, std::move(spec));
}

// What is here is others' now: nothing of it is used, and the process begins anew without it.
void Node::Inside::find_removed(const std::string& other_cluster) {
  memory->hold();
  const bool was_to_be = options.leave_on_stop && state.draining;
  if (was_to_be || is_removed.exchange(true)) return;
  next_cluster = other_cluster;
  log::warn("node was removed from the cluster: it begins anew, as a new member");
  ::kill(::getpid(), SIGTERM);
}

void Node::Inside::find_contradicted(std::uint64_t epoch) {
  if (is_contradicted.exchange(true)) return;
  const auto why = give_up_book(options.data, identity, epoch);
  caf::anon_send(actors.events, EventHappened{node_event(why), 0});
  ::kill(::getpid(), SIGTERM);
}

void Node::Inside::start_dashboard(std::vector<PastUsage> past) {
  DashboardSpec spec;
  spec.own = {state.node, state.version, wall_now(), std::random_device{}() | std::uint64_t{1}};
  spec.questions = actors.questions;
  spec.past = std::move(past);
  spec.ledger = actors.ledger;
  spec.config = actors.config;
  spec.cluster = cluster;
  spec.directory = contexts[0]->in_force->directory;
  spec.use = [this, process = std::make_shared<ProcessUse>()] { return node_use(*process, state); };
  spec.publish = [this](const std::shared_ptr<const LiveNotice>& notice) {
    for (std::size_t i = 0; i < threads.size(); ++i)
      threads.thread(i).post([this, i, notice] { contexts[i]->feed.take(*notice); });
  };
  actors.dashboard = spawn_dashboard(*system, std::move(spec));
}

void Node::Inside::serve() {
  threads.run_on_all([this](std::size_t i) {
    static_cast<ApiActors&>(*contexts[i]) = actors;
    threads.unit(i).set_turn(turns[i].get());
    server.serve(threads.thread(i), i, *apis[i]);
  });
  print_doors(options, server.addresses(), admin_secrets.sign_in_code);
}

Node::Node(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

Result<std::unique_ptr<Node>> Node::start(ServeOptions options) {
  auto inside = std::make_unique<Inside>(std::move(options));
  auto& state = inside->state;
  state.node = inside->options.node;
  state.version = version();
  state.demo = inside->options.demo;
  note_doors(inside->options, state);
  if (auto read = inside->read_config(); !read) return fail(std::move(read.error()));
  if (auto opened = inside->open_store(); !opened) return fail(std::move(opened.error()));
  if (auto bound = inside->bind(); !bound) return fail(std::move(bound.error()));
  inside->start_actors();
  inside->serve();
  std::unique_ptr<Node> node{new Node(std::move(inside))};
  auto& made = *node->inside_;
  if (auto opened = open_cluster(*made.system, made.cluster, made.options); !opened)
    return fail(std::move(opened.error()));
  return node;
}

void Node::reload(bool was_asked) {
  inside_->certificates.reload(was_asked);
  if (was_asked) caf::anon_send(inside_->actors.config, ReloadRequest{});
}

bool Node::drain() {
  auto& node = *inside_;
  if (std::exchange(node.draining, true)) return true;
  node.state.draining = true;
  log::info("node drains requests={}", node.server.requests_in_flight());
  const auto until = BootClock::now() + node.options.drain;
  end_calls(node.server, node.threads, node.contexts, until);
  node.threads.run_on_all([&](std::size_t i) {
    node.contexts[i]->upstreams.close_idle();
    node.turns[i]->flush();
  });

  if (node.document_log_actor && !node.is_removed)
    node.has_left =
      depart(*node.system, node.document_log_actor, node.options.leave_on_stop, until);
  bool good =
    end_recording(*node.system, node.actors.ledger, node.actors.history, node.actors.events);
  node.journal->stop();
  if (auto closed = close_books(node.options.data, *node.memory); !closed) {
    log::error("permit book not closed problem={}", closed.error().message);
    good = false;
  }
  return good && !node.is_contradicted;
}

bool Node::begins_anew() const {
  return inside_->is_removed;
}

Node::~Node() {
  drain();
  auto& node = *inside_;
  // Actors first, while the loops still run; then the loops (reference/request-path.md, section 6).
  const auto end = [](auto& actor) {
    if (actor) caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    actor = nullptr;
  };
  end(node.actors.what_if);
  end(node.actors.dashboard);
  end(node.actors.config);
  end(node.actors.admins);
  end(node.document_log_actor);
  end(node.broker);
  end(node.cluster);
  end(node.actors.history);
  end(node.actors.ledger);
  node.threads.run_on_all([&](std::size_t i) {
    node.threads.unit(i).set_turn(nullptr);
    node.contexts[i]->let_go();
  });
  end(node.actors.router);
  end(node.permit_journal);
  end(node.actors.events);
  node.actors = {};
  node.turns.clear();
  node.threads.run_on_all([&](std::size_t i) { node.threads.unit(i).detach(); });
  node.system.reset();
  node.threads.stop();
  if (node.is_removed || node.has_left)
    if (auto done =
          forget_membership(node.options.data, node.identity, *node.memory, node.next_cluster);
        !done)
      log::error("membership not forgotten problem={}", done.error().message);
  log::info("node stopped");
}

} // namespace gateway
