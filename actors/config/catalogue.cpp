#include "actors/config/catalogue.hpp"

#include "actors/config/built_in.hpp"
#include "actors/config/json_reader.hpp"
#include "actors/config/reading.hpp"
#include "net/base/header.hpp"

#include <algorithm>
#include <utility>

namespace gateway {

namespace {

/// Names longer than this match nothing: std::regex recurses once per character.
constexpr std::size_t model_name_bytes_max = 256;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) c = to_lower_ascii(c);
  return lower;
}

CatalogueModel read_catalogue_model(const std::string& id, const Place& place, Problems& problems) {
  CatalogueModel model;
  model.id = id;
  model.embedding = place["kind"].text() == "embedding";
  model.price = read_price(place["price"], model.embedding, problems);
  model.context_window = place["context_window"].number().value_or(0);
  model.max_output = place["max_output"].number().value_or(0);
  const auto able = [&](const char* what, bool fallback) {
    return place["capabilities"][what].truth().value_or(fallback);
  };
  model.vision = able("vision", model.vision);
  model.audio = able("audio", model.audio);
  model.files = able("files", model.files);
  model.tools = able("tools", model.tools);
  model.json_schema = able("json_schema", model.json_schema);
  model.offered = place["offered"].truth().value_or(true);
  return model;
}

/// `x-20260115` as `x-2026-01-15` and the other way round; none where there is no such end.
std::optional<std::string> date_rewritten(std::string_view name) {
  const auto digits = [&](std::size_t begin, std::size_t count) {
    return std::all_of(
      name.begin() + static_cast<std::ptrdiff_t>(begin),
      name.begin() + static_cast<std::ptrdiff_t>(begin + count),
      [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto size = name.size();
  if (size > 9 && name[size - 9] == '-' && digits(size - 8, 8)) {
    std::string dashed(name);
    dashed.insert(size - 2, "-");
    dashed.insert(size - 4, "-");
    return dashed;
  }
  const bool dashed = size > 11 && name[size - 11] == '-' && name[size - 6] == '-'
    && name[size - 3] == '-' && digits(size - 10, 4) && digits(size - 5, 2) && digits(size - 2, 2);
  if (!dashed) return std::nullopt;
  std::string plain(name);
  plain.erase(size - 3, 1);
  plain.erase(size - 6, 1);
  return plain;
}

} // namespace

std::optional<Catalogue::Rule> Catalogue::read_rule(const JsonNode& node) {
  if (node.members.size() != 1) return std::nullopt;
  const auto& [kind, at, value] = node.members.front();
  constexpr std::pair<std::string_view, Rule::Kind> kinds[]{
    {"equals", Rule::Kind::equals},
    {"starts_with", Rule::Kind::starts_with},
    {"ends_with", Rule::Kind::ends_with},
    {"contains", Rule::Kind::contains},
    {"regex", Rule::Kind::regex},
    {"or", Rule::Kind::any},
    {"and", Rule::Kind::all}};
  for (const auto& [name, wanted] : kinds) {
    if (kind != name) continue;
    Rule rule;
    rule.kind = wanted;
    rule.text = lower_case(value.text);
    for (const auto& item : value.items) {
      auto part = read_rule(item);
      if (!part) return std::nullopt;
      rule.parts.push_back(*std::move(part));
    }
    if (wanted != Rule::Kind::regex) return rule;
    try {
      rule.pattern = std::regex(value.text, std::regex::ECMAScript | std::regex::nosubs);
    } catch (const std::regex_error&) {
      return std::nullopt; // the library's only way to say that a pattern is none
    }
    return rule;
  }
  return std::nullopt;
}

bool Catalogue::matches(const Rule& rule, std::string_view model, std::string_view lower) {
  const auto part_matches = [&](const Rule& part) { return matches(part, model, lower); };
  switch (rule.kind) {
  case Rule::Kind::equals: return lower == rule.text;
  case Rule::Kind::starts_with: return lower.starts_with(rule.text);
  case Rule::Kind::ends_with: return lower.ends_with(rule.text);
  case Rule::Kind::contains: return lower.find(rule.text) != std::string_view::npos;
  case Rule::Kind::regex: return std::regex_search(model.begin(), model.end(), rule.pattern);
  case Rule::Kind::any: return std::any_of(rule.parts.begin(), rule.parts.end(), part_matches);
  case Rule::Kind::all: return std::all_of(rule.parts.begin(), rule.parts.end(), part_matches);
  }
  return false;
}

Result<Catalogue> Catalogue::read(std::string_view json) {
  Problems problems;
  const auto root = read_json(json, problems);
  Catalogue catalogue;
  const auto broken = [](const Problem& problem) {
    return fail(
      ErrorKind::invalid_value,
      "catalogue, line " + std::to_string(problem.line) + ": " + problem.message,
      problem.pointer);
  };
  if (!root) return broken(problems.take_sorted().front());
  const Place whole(*root);
  for (const auto& source : whole["sources"].texts())
    catalogue.sources_ += (catalogue.sources_.empty() ? "" : ", ") + source;
  for (const auto& [vendor, place] : whole["vendors"].members()) {
    if (const auto other = place["same_as"].text()) {
      catalogue.same_as_[vendor] = *other;
      continue;
    }
    auto& models = catalogue.vendors_[vendor];
    for (const auto& [id, model] : place["models"].members()) {
      models.by_id.emplace(id, models.models.size());
      models.models.push_back(read_catalogue_model(id, model, problems));
    }
    const auto match = place["match"];
    for (std::size_t i = 0; i < match.size(); ++i) {
      const auto known = models.by_id.find(match[i][0].text().value_or(""));
      auto rule = match[i][1] ? read_rule(*match[i][1].node()) : std::nullopt;
      if (rule && known != models.by_id.end())
        models.rules.emplace_back(*std::move(rule), known->second);
      else
        match[i].error(problems, "match", "this is no match rule");
    }
  }
  if (problems.any_error()) return broken(problems.take_sorted().front());
  return catalogue;
}

const CatalogueModel* Catalogue::find_in(const VendorModels& vendor, std::string_view model) {
  const auto exact = vendor.by_id.find(model);
  if (exact != vendor.by_id.end()) return &vendor.models[exact->second];
  const auto lower = lower_case(model);
  for (const auto& [rule, index] : vendor.rules)
    if (matches(rule, model, lower)) return &vendor.models[index];
  return nullptr;
}

const Catalogue::VendorModels* Catalogue::vendor(const std::string& id) const {
  const auto other = same_as_.find(id);
  const auto found = vendors_.find(other != same_as_.end() ? other->second : id);
  return found != vendors_.end() ? &found->second : nullptr;
}

const CatalogueModel* Catalogue::find(const std::string& id, std::string_view model) const {
  const auto* known = vendor(id);
  if (known == nullptr || model.size() > model_name_bytes_max) return nullptr;
  if (const auto* found = find_in(*known, model)) return found;
  const auto other = date_rewritten(model);
  return other ? find_in(*known, *other) : nullptr;
}

const std::vector<CatalogueModel>& Catalogue::models(const std::string& id) const {
  static const std::vector<CatalogueModel> none;
  const auto* known = vendor(id);
  return known != nullptr ? known->models : none;
}

const Catalogue& Catalogue::built_in() {
  static const Catalogue catalogue = [] {
    auto read = Catalogue::read(built_in_catalogue());
    if (!read) broken_promise("catalogue.json is broken: " + read.error().message);
    return *std::move(read);
  }();
  return catalogue;
}

} // namespace gateway
