#pragma once

#include "actors/config/problems.hpp"
#include "net/base/secret.hpp"
#include "net/base/time.hpp"
#include "net/dialects/dialect.hpp"
#include "net/upstream/origin.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The cluster's document, typed: what a valid `gateway.json` says, with everything it leaves out
/// filled in from the catalogue and the vendor table (contract, section 3). Immutable once in
/// force.
namespace gateway {

/// What one limit counts.
enum class LimitUnit : std::uint8_t { requests, tokens, input_tokens, output_tokens, concurrency };

/// How a window ends: it slides, or everything is back at a calendar instant.
enum class WindowKind : std::uint8_t { sliding, day, week, month };

struct LimitConfig {
  std::string name; // rpm, tpm, input_tpm, output_tpm, rpd, tpd, concurrency, burst, or "tokens/1h"
  LimitUnit unit = LimitUnit::requests;
  std::int64_t limit = 0; // above 0
  /// 0 for concurrency. Of a calendar window its longest length: 24 h, 7 d, 31 d.
  Nanoseconds window{0};
  /// Calendar kinds only where `day` of the owner is `utc` or a zone; with `rolling` all slide, a
  /// month then being 30 d.
  WindowKind kind = WindowKind::sliding;
};

/// What each kind of token costs. A kind without a rate of its own is charged as its parent is;
/// `input` and `output` are always set in a price of a document that was read without error.
/// Units: nano-dollars per million tokens, so that no price is rounded: 0.59 USD = 590 000 000.
struct PriceRates {
  std::optional<std::int64_t> input;
  std::optional<std::int64_t> output;
  std::optional<std::int64_t> cached_input;
  std::optional<std::int64_t> cache_write;
  std::optional<std::int64_t> cache_write_1h;
  std::optional<std::int64_t> reasoning;
};

struct PriceTier {
  std::int64_t above = 0; // total input tokens strictly above this
  PriceRates rates;
};

struct Price {
  PriceRates rates;
  /// By `above`, ascending. A tier's rates replace the base ones; what it leaves out stays.
  std::vector<PriceTier> tiers;
  std::int64_t per_request = 0; // nano-dollars
};

struct ModelConfig {
  std::string name;
  std::string upstream_name;
  bool embedding = false; // kind
  std::vector<LimitConfig> limits;
  std::vector<std::string> pools;
  std::optional<Price> price;      // none: unknown, which is not free
  std::int64_t context_window = 0; // 0: unknown
  std::int64_t max_output = 0;     // 0: unknown
  // Capabilities; unknown counts as able, the provider will tell.
  bool vision = true;
  bool audio = false;
  bool files = true;
  bool tools = true;
  bool json_schema = true;
};

struct TimeoutsConfig {
  Milliseconds connect{3'000};
  Milliseconds first_byte{30'000};
  Milliseconds idle{30'000};
  Milliseconds total{600'000};
};

struct ProviderConfig {
  std::string name;
  std::string vendor; // of the vendor table, may be empty
  std::string dialect;
  std::string base_url;
  BaseUrl endpoint;         // base_url, parsed
  std::string region;       // bedrock
  Secret api_key;           // revealed; empty where the provider needs none
  SigningKeys signing_keys; // instead of it, where the document gives an object
  std::string key_env;      // NAME where the document says env:NAME, else empty
  bool enabled = true;
  /// Why it can't be used although enabled: "GROQ_API_KEY is not set". Empty if it can.
  std::string disabled_reason;
  bool free_tier = false;
  bool cooldown = true;
  std::vector<LimitConfig> limits;
  std::string day = "rolling"; // rolling, utc or a zone name
  /// D of cluster-quota.md section 3; none: count_delay_ms is null, hold from the response.
  std::optional<Milliseconds> count_delay = Milliseconds{1'000};
  bool counts_reserved = false; // counts: reserved
  bool reserve_p99 = false;     // reserve: p99
  TimeoutsConfig timeouts;
  Quirks quirks;
  std::vector<std::string> pools; // of every model of it
  std::map<std::string, ModelConfig> models;

  bool usable() const noexcept { return enabled && disabled_reason.empty(); }
};

struct PoolConfig {
  std::string name;
  std::vector<LimitConfig> limits;
  std::string day = "rolling";
  std::optional<Milliseconds> count_delay = Milliseconds{1'000};
  bool counts_reserved = false;
};

struct RouteTarget {
  std::string provider;
  std::string model;
  std::int64_t weight = 1;
};

enum class PaidRule : std::uint8_t { allowed, never, usd_per_day };

struct RouteConfig {
  std::string name;
  std::string policy; // of policies.def
  std::vector<RouteTarget> targets;
  PaidRule paid = PaidRule::allowed;
  std::int64_t paid_per_day = 0; // nano-dollars
  Milliseconds queue{0};
};

struct BudgetConfig {
  std::int64_t amount = 0; // nano-dollars, above 0
  WindowKind period = WindowKind::month;
  std::string day = "utc"; // utc or a zone name: when a period ends
};

struct KeyConfig {
  std::string name;
  std::string hash; // "sha256:" + 64 lower-case hex digits
  std::string team; // empty: of none
  std::vector<LimitConfig> limits;
  std::string day = "rolling";
  std::optional<BudgetConfig> budget;
  std::set<std::string> routes; // empty: all
  bool enabled = true;
};

struct TeamConfig {
  std::string name;
  std::vector<LimitConfig> limits;
  std::string day = "rolling";
  std::optional<BudgetConfig> budget;
};

enum class AdminRole : std::uint8_t { viewer, operator_, admin };

struct AdminConfig {
  std::string name;
  std::string hash;
  AdminRole role = AdminRole::viewer;
};

struct SettingsConfig {
  std::int64_t max_body_bytes = 20 * 1024 * 1024;
  std::int64_t max_answer_bytes = 32 * 1024 * 1024;
  std::int64_t max_attempts = 4;
  std::string default_policy = "cheapest";
  std::int64_t log_days = 30;
  std::int64_t log_max_gb = 20;
  bool cooldown = true;
  bool locked = false;
  std::vector<std::string> voters;
  std::optional<Milliseconds> write_off = Milliseconds{600'000};
};

struct Document {
  std::uint64_t version = 0;
  std::map<std::string, ProviderConfig> providers;
  std::map<std::string, PoolConfig> pools;
  std::map<std::string, RouteConfig> routes;
  std::map<std::string, KeyConfig> keys;
  std::map<std::string, TeamConfig> teams;
  std::map<std::string, AdminConfig> admins;
  SettingsConfig settings;
  std::string text; // the JSON it was read from, secrets included: never shown
};

struct DocumentReading {
  std::shared_ptr<const Document> document; // null if any problem is an error
  std::vector<Problem> problems;            // all of them, in document order
};

/// What reading a document may look up outside it.
class Surroundings {
public:
  virtual ~Surroundings() = default;
  virtual std::optional<std::string> environment(const std::string& name) const = 0;
  /// The whole file; none if it can't be read or is larger than `file_bytes_max`.
  virtual std::optional<std::string> file(const std::string& path) const = 0;

  static constexpr std::size_t file_bytes_max = 8 * 1024 * 1024;
};

/// Reads, checks against the schema and against sense, and fills in what is left out.
/// Says all that is wrong at once; a key that is not in the environment is no error, its provider
/// is then not usable and says why.
DocumentReading read_document(std::string_view json, std::uint64_t version, const Surroundings&);

/// Environment and files of this process.
const Surroundings& process_surroundings() noexcept;

} // namespace gateway
