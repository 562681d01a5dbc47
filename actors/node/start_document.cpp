#include "actors/node/start_document.hpp"

#include "actors/config/edit.hpp"
#include "actors/config/effective.hpp"
#include "net/base/log.hpp"
#include "persistence/json_file.hpp"

namespace gateway {
namespace {

Failed refused(const std::string& where) {
  return fail(ErrorKind::invalid_value, where + " has errors; see above, or llm-gateway check.");
}

Result<StartDocument> take_file(
  const ServeOptions& options, std::string added, std::uint64_t version, const std::string& text) {
  StartDocument start;
  start.stored = {version, "file", text_digest(text), text, wall_now()};
  start.stored.file_text = text;
  start.is_new = true;
  const auto reading = read_effective(text, added, version);
  log_problems(reading.problems);
  if (!reading.document) return refused(options.config);
  start.stored.secrets = dates_after("", {}, text, {start.stored.at, ""});
  start.document = reading.document;
  start.added = std::move(added);
  return start;
}

Result<StartDocument> go_on(const ServeOptions& options, std::string added, StoredDocument live) {
  StartDocument start;
  const auto reading = read_effective(live.text, added, live.version);
  log_problems(reading.problems);
  if (!reading.document) return refused(options.data + "/config.json");
  start.stored = std::move(live);
  start.document = reading.document;
  start.added = std::move(added);
  return start;
}

} // namespace

Result<StartDocument> load_start_document(const ServeOptions& options, std::string added) {
  GATEWAY_TRY(auto live, load_document(options.data));
  const auto file = read_file(options.config);
  if (!live || options.config_wins) {
    if (!file)
      return fail(
        ErrorKind::invalid_value, options.config + " can't be read: " + file.error().message);
    GATEWAY_TRY(auto taken, take_file(options, added, live ? live->version + 1 : 1, *file));
    if (!live || !options.cluster_listen) return taken;
    // The document is the cluster's: until the others agree, this node goes on with what it has.
    GATEWAY_TRY(auto start, go_on(options, std::move(added), *std::move(live)));
    start.file_wins = std::move(taken.stored);
    start.file_wins->note = "--config-wins at a start of " + options.node;
    return start;
  }
  if (file && text_digest(*file) != live->file_digest)
    log::warn(
      "config file differs from the live document and is not taken file={} version={} (see "
      "--config-wins)",
      options.config,
      live->version);
  return go_on(options, std::move(added), *std::move(live));
}

Result<void> keep_start_document(const ServeOptions& options, const StartDocument& start) {
  if (!start.is_new) return {};
  return store_document(options.data, start.stored);
}

void report_load(const LoadReport& report) {
  log::info(
    "ledger read records_replayed={} snapshot={}", report.records_replayed, report.snapshot_used);
  if (report.snapshot_damaged)
    log::warn("usage snapshot was damaged, the journal was read instead");
  for (const auto& note : report.damage.notes) log::warn("journal was damaged: {}", note);
}

} // namespace gateway
