#include "actors/node/recover_command.hpp"

#include "actors/node/cluster.hpp"
#include "persistence/folder_lock.hpp"
#include "persistence/node_identity.hpp"
#include "persistence/raft_store.hpp"

#include <algorithm>
#include <filesystem>
#include <istream>
#include <map>
#include <ostream>
#include <string>

namespace gateway {
namespace {

constexpr int misused = 2;

constexpr std::string_view help =
  R"(llm-gateway recover: goes on alone when most voters of a cluster are lost for good

  --data DIR       the data folder of a node that does not run (default LLM_GATEWAY_DATA, else
                   ./data)
  --yes CLUSTER    asks nothing; CLUSTER is the id that it would ask for

The last resort: while the others can still be started, start them. It says what it will do, and
asks twice. The node of that folder becomes the only voter of what is a new cluster from then on,
with the document as this node knows it: what only the others agreed on is lost. What they hold of
each quota does not come back by itself: write them off when this node runs. One of them that is
started again after all is refused, and begins anew as a new member, with nothing.
)";

/// What is in the folder of a node that does not run.
struct Folder {
  FolderLock lock;
  std::string data;
  NodeIdentity identity;
  std::string name;
  std::vector<std::string> voters;
  std::vector<std::string> others; // members
  std::uint64_t version = 0;       // of the document
};

std::string log_of(const std::string& data) {
  return data + "/document.log";
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

Result<std::vector<std::string>> voters_in(const std::string& data, const std::string& name) {
  GATEWAY_TRY(const auto storage, RaftStore::open(real_files(), log_of(data)));
  DocumentLog::Settings settings;
  settings.name = name;
  GATEWAY_TRY(const auto log, DocumentLog::start(*storage, settings, BootClock::now()));
  return voters_of(log->servers());
}

Result<Folder> look_into(const std::string& data) {
  // A lock makes the folder that it is for.
  if (!std::filesystem::exists(data + "/node.json"))
    return fail(ErrorKind::not_found, data + " is no node's data folder: --data names it.");
  GATEWAY_TRY(auto lock, FolderLock::take(data));
  GATEWAY_TRY(auto identity, load_identity(data));
  const auto known = read_in_force(log_of(data));
  const auto* const self = known ? known->record().member_of_node(identity.id) : nullptr;
  if (identity.cluster.empty() || self == nullptr)
    return fail(
      ErrorKind::invalid_value,
      "The node of " + data + " is no member of a cluster: nothing to do.");
  Folder folder{std::move(lock), data, std::move(identity), self->name, {}, {}, known->version()};
  for (const auto& [number, member] : known->record().members())
    if (member.name != self->name) folder.others.push_back(member.name);
  std::ranges::sort(folder.others); // known by number, in the order in which they came
  GATEWAY_TRY(folder.voters, voters_in(data, self->name));
  return folder;
}

void describe(const Folder& folder, std::ostream& out) {
  out
    << "node      " << folder.name << "\ncluster   " << folder.identity.cluster << "\nvoters    "
    << listed(folder.voters) << "\nothers    " << listed(folder.others) << "\ndocument  version "
    << folder.version << R"(, the newest that this node knows

What will be done, and can't be undone:
- )" << folder.name
    << R"( alone decides from now on, in a cluster of a new id. What the others agreed on without it
  is lost.
- The others are let in no more as what they were. One that is started again begins anew, as a new
  member that holds nothing.
- What they hold of each quota stays theirs until you write them off, one by one, when this node
  runs: POST /admin/v1/nodes/NAME/write-off. Each one has to be off for good by then.

)";
}

bool asks(std::istream& in, std::ostream& out, std::string_view question, std::string_view wanted) {
  out << question << " " << std::flush;
  std::string said;
  return std::getline(in, said) && said == wanted;
}

bool is_meant(const Folder& folder, std::istream& in, std::ostream& out) {
  const auto off = "Are " + listed(folder.others) + " off for good? (yes)";
  return asks(in, out, off, "yes")
    && asks(in, out, "Then type the id of the cluster that ends:", folder.identity.cluster);
}

/// The id first: were the log's voters others under the old one, two clusters of one id could meet.
/// Done again after a kill in between, it does the rest.
Result<void> recover(Folder& folder) {
  folder.identity.recovered_from.push_back(folder.identity.cluster);
  folder.identity.cluster = random_id();
  if (auto kept = store_identity(folder.data, folder.identity); !kept) return kept;
  GATEWAY_TRY(const auto storage, RaftStore::open(real_files(), log_of(folder.data)));
  return DocumentLog::recover(*storage, {folder.name});
}

} // namespace

int run_recover(
  std::span<const std::string_view> args,
  const Environment& environment,
  std::istream& in,
  std::ostream& out,
  std::ostream& problems) {
  std::map<std::string_view, std::string> values{
    {"--data", environment("LLM_GATEWAY_DATA").value_or("./data")}, {"--yes", ""}};
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--help") {
      out << help;
      return 0;
    }
    const auto known = values.find(args[i]);
    if (known == values.end() || i + 1 == args.size()) {
      problems << help;
      return misused;
    }
    known->second = args[++i];
  }
  auto folder = look_into(values["--data"]);
  if (!folder) {
    problems << folder.error().message << "\n";
    return 1;
  }
  describe(*folder, out);
  const auto& yes = values["--yes"];
  if (yes.empty() ? !is_meant(*folder, in, out) : yes != folder->identity.cluster) {
    problems << "Nothing was done.\n";
    return 1;
  }
  if (auto recovered = recover(*folder); !recovered) {
    problems << recovered.error().message << "\nDo it again before the node is started.\n";
    return 1;
  }
  out << "Done: start " << folder->name << ". It is cluster " << folder->identity.cluster
      << " now.\n";
  return 0;
}

} // namespace gateway
