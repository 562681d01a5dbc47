#pragma once

#include "actors/config/document.hpp"

#include <map>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What is known of one vendor's model without anybody configuring it.
struct CatalogueModel {
  std::string id; // as the vendor names it
  bool embedding = false;
  std::optional<Price> price;      // list price
  std::int64_t context_window = 0; // 0: unknown
  std::int64_t max_output = 0;     // 0: unknown
  bool vision = true;              // unknown counts as able
  bool audio = false;
  bool files = true;
  bool tools = true;
  bool json_schema = true;
  /// A provider that names no models has it: a chat or embedding model that the vendor serves now.
  bool offered = true;
};

/// Prices, context windows and capabilities of the known vendors' models: cluster-config/
/// catalogue.json, made by scripts/catalogue from published packages. Immutable.
class Catalogue {
public:
  /// The one in the executable.
  static const Catalogue& built_in();

  /// Errors: the text is none of scripts/catalogue's making; it names the reason.
  static Result<Catalogue> read(std::string_view json);

  /// By exact name, else by the vendor's first match rule that fits, else the same with a date
  /// written the other way (`-20260115`, `-2026-01-15`). Null: nothing is known.
  const CatalogueModel* find(const std::string& vendor, std::string_view model) const;

  /// All models of a vendor; empty for an unknown one.
  const std::vector<CatalogueModel>& models(const std::string& vendor) const;

  /// The packages it was made from: "@pydantic/genai-prices 0.1.8, …".
  const std::string& sources() const noexcept { return sources_; }

private:
  /// A rule of genai-prices (providers/prices.md, section 3.1).
  struct Rule {
    enum class Kind : std::uint8_t { equals, starts_with, ends_with, contains, regex, any, all };
    Kind kind = Kind::equals;
    std::string text; // lower case
    std::regex pattern;
    std::vector<Rule> parts;
  };
  struct VendorModels {
    std::vector<CatalogueModel> models;
    std::map<std::string, std::size_t, std::less<>> by_id;
    std::vector<std::pair<Rule, std::size_t>> rules; // in the order they are tried
  };

  static std::optional<Rule> read_rule(const JsonNode& node);
  static bool matches(const Rule& rule, std::string_view model, std::string_view lower);
  static const CatalogueModel* find_in(const VendorModels& vendor, std::string_view model);

  const VendorModels* vendor(const std::string& id) const;

  std::map<std::string, VendorModels> vendors_;
  std::map<std::string, std::string> same_as_; // another dialect of the same vendor
  std::string sources_;
};

} // namespace gateway
