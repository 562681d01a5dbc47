#pragma once

#include "actors/config/document.hpp"
#include "actors/provider/gauges.hpp"
#include "net/base/result.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway {

/// One model at one provider.
struct Offer {
  const ProviderConfig* provider = nullptr;
  const ModelConfig* model = nullptr;
  std::uint32_t model_number = 0;   // within its provider, as the provider's actor counts
  std::vector<std::uint32_t> stops; // who must admit: the provider, then its pools
  bool free = false;                // a free tier, or a price of nothing
  std::shared_ptr<ProviderGauges> gauges;
};

struct OfferChoice {
  std::uint32_t offer = 0;
  std::int64_t weight = 1;
};

/// What a model name means (contract, section 3).
struct Meaning {
  const RouteConfig* route = nullptr; // null for a bare name, provider/model or auto
  std::vector<OfferChoice> offers;    // in the order written, or by provider
  /// The stop of what the route may pay a day, where that has a bound.
  std::optional<std::uint32_t> budget;
};

/// Who must admit the calls of a key.
struct KeyStops {
  std::vector<std::uint32_t> limits;  // the key's and its team's: before any candidate
  std::vector<std::uint32_t> budgets; // the key's and its team's: with each candidate that costs
};

/// Everything a document version means for routing, worked out once: names, offers, stops.
/// Immutable; shared by all threads and by the requests that began under it.
struct Plan {
  std::shared_ptr<const Document> document;
  std::vector<Offer> offers;
  /// "provider/NAME", "pool/NAME", "key/NAME", "team/NAME", and "budget/…" of a key, team or route.
  std::vector<std::string> stops;
  std::unordered_map<std::string, KeyStops> key_stops; // of the keys that something limits
  std::unordered_map<std::string, Meaning> meanings;   // routes, provider/model, bare names, "auto"

  const Meaning* find(std::string_view model) const;
  std::optional<std::uint32_t> find_stop(std::string_view name) const;
  /// Null where nothing limits the key, or there is none.
  const KeyStops* stops_of(const KeyConfig* key) const;
  /// Names near to `model`, for the message of model_not_found; at most three.
  std::vector<std::string> near(std::string_view model, const KeyConfig* key) const;
};

/// Finds the gauges of a model, which outlive the versions of the document.
class GaugeBoard {
public:
  std::shared_ptr<ProviderGauges> of(const std::string& provider, const std::string& model);

private:
  std::map<std::pair<std::string, std::string>, std::shared_ptr<ProviderGauges>> gauges_;
};

std::shared_ptr<const Plan> make_plan(std::shared_ptr<const Document> document, GaugeBoard& board);

/// The key may use this name: a route it lists, or anything where it lists none.
bool may_use(const KeyConfig* key, const Meaning& meaning) noexcept;

} // namespace gateway
