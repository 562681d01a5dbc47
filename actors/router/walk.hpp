#pragma once

#include "actors/config/document.hpp"
#include "actors/quota/estimate.hpp"
#include "actors/quota/permit_books.hpp"
#include "actors/router/plan.hpp"
#include "net/base/money.hpp"
#include "net/base/time.hpp"
#include "net/unified/envelope.hpp"
#include "net/unified/failure.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What a request needs of the model that answers it.
struct CallNeeds {
  bool embedding = false;
  bool vision = false;
  bool audio = false;
  bool files = false;
  bool tools = false;
  bool json_schema = false;
  bool stream = false;
  RequestSize size;
};

/// Why a candidate is where it is: the words of the route trace (dashboard.md, GET /requests/{id}).
enum class Verdict : std::uint8_t { eligible, chosen, tried_failed, skipped, filtered };

/// The rule that passed a candidate over, or none.
enum class PassedOver : std::uint8_t {
  no,
  disabled,        // in the document, or its key is missing
  drained,         // by an operator
  excluded,        // by the request's preferences
  not_paid_for,    // the route's `paid`
  too_dear,        // max_price
  unpriced,        // no budget pays for what has no known price
  budget_spent,    // the key's or its team's
  paid_spent,      // what the route may pay a day
  lacks_feature,   // vision, tools…
  lacks_parameter, // its dialect has none such
  context_too_small,
  cooling_down,
  quota_spent,
  too_large, // dearer than the whole limit
  probing,   // another request tries whether it is back
  already_tried,
};

struct Candidate {
  std::uint32_t offer = 0; // of the plan
  std::int64_t weight = 1;
  bool free = false;
  std::optional<std::uint32_t> route_budget; // the stop that bounds what the route pays
  std::optional<NanoDollars> expected_cost;  // none: the price is unknown
  std::int64_t input_estimate = 0;
  std::int64_t output_estimate = 0;
  // As measured when it was ranked; 0: nothing measured yet.
  std::int64_t first_token_us = 0;
  std::int64_t tokens_per_second = 0;
  std::int64_t in_flight = 0;
  bool quota_left = true;

  std::uint32_t rank = 0; // 1 is first; 0 was not ranked
  Verdict verdict = Verdict::eligible;
  PassedOver passed_over = PassedOver::no;
  bool by_rate_limit = false; // cooling_down: because the provider said 429
  std::string quota;          // …_spent: which limit, as the document names it
  std::int64_t quota_limit = 0;
  std::int64_t quota_left_over = 0;
  std::optional<Milliseconds> retry_after;
  std::string detail; // lacks_…: which; drained: by whom
};

/// One call sent upstream.
struct Attempt {
  std::uint32_t candidate = 0;
  std::int64_t began_us = 0; // since the request came, as all of these
  std::int64_t sent_us = -1; // -1: never
  std::int64_t first_byte_us = -1;
  std::int64_t ended_us = 0;
  int status = 0;
  std::optional<Failure> failure;
  /// A kept connection had ended unnoticed: the provider is not at fault and may be asked again.
  bool lost_connection = false;
  std::vector<QuotaUse> uses = {}; // of the provider's limits, when it admitted the call
};

/// Who admitted a call and then could not be sent it: its dialect has no word for what it asks.
struct Unfit {
  std::uint32_t offer = 0; // of the plan
  Error problem;           // unsupported_parameter
};

/// Permits taken at one stop: a provider's, a pool's or a key's.
struct Held {
  std::uint32_t stop = 0;
  Permits permits;
};

/// What the answer tells a limited caller of the limits on him.
struct CallerLimits {
  std::optional<LimitLeft> requests;
  std::optional<LimitLeft> tokens;
};

/// One request's way from its model name to a permit: written by the router, carried from
/// provider to provider until one admits, read by the call and, as the route trace, by people.
/// It is handed on with the message: whoever holds the message owns it, nobody else looks.
struct Walk {
  std::shared_ptr<const Plan> plan; // its document is the version that answers this request
  std::string asked_model;
  CallNeeds needs;
  RoutePreferences preferences;
  const KeyConfig* key = nullptr; // of the plan's document
  Instant came{};

  std::string route;                 // name of the route, empty if none
  std::string_view policy;           // a literal or the document's
  std::vector<Candidate> candidates; // ranked ones first, in order
  std::size_t ranked = 0;            // how many of them may be tried
  Instant ranked_at{};               // what `retry_after` of a candidate counts from
  std::size_t at = 0;                // the one that is asked, then the one that admitted
  std::size_t stop = 0;              // which of its stops is asked
  CallCost cost;                     // what the provider reserved; pools and budgets go by the same
  std::vector<QuotaUse> uses;        // of its limits, until the attempt has them
  bool admitted = false;
  bool probe = false;                  // the provider lets this one find out whether it is back
  const KeyStops* key_stops = nullptr; // of the plan; null: nothing limits the caller
  CallerLimits caller_limits;
  // What other nodes are told of who waits:
  bool has_asked = false;           // before this walk over the candidates, or this stop
  std::uint32_t behind = 0;         // calls that wait for their turn behind this one
  std::optional<Instant> hop_until; // until when it may wait for permits of other nodes
  bool key_admitted = false;
  std::vector<Held> held;     // the admitted candidate's
  std::vector<Held> held_key; // the key's and its team's, for all attempts
  std::vector<Attempt> attempts;
  std::vector<Unfit> unfit;
  std::int64_t waited_us = 0;   // in line for quota
  std::optional<Error> refusal; // why nothing admits it

  const Offer& offer() const { return plan->offers[candidates[at].offer]; }
};

} // namespace gateway
