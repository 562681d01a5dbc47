#include "actors/config/vendors.hpp"

#include "actors/config/built_in.hpp"
#include "actors/config/json_reader.hpp"
#include "actors/config/reading.hpp"

#include <algorithm>

namespace gateway {

Result<std::vector<Vendor>> read_vendors(std::string_view json) {
  Problems problems;
  const auto root = read_json(json, problems);
  std::vector<Vendor> vendors;
  if (root) {
    for (const auto& [id, place] : Place(*root).members()) {
      Vendor vendor;
      vendor.id = id;
      vendor.name = place["name"].text().value_or(id);
      vendor.dialect = place["dialect"].text().value_or("openai");
      vendor.base_url = place["base_url"].text().value_or("");
      vendor.key_env = place["key_env"].text().value_or("");
      vendor.signing_env = place["signing_env"].texts();
      vendor.key_needed = place["key_needed"].truth().value_or(true);
      vendor.day = place["day"].text().value_or("");
      vendor.counts_reserved = place["counts"].text() == "reserved";
      vendor.retired = place["retired"].text().value_or("");
      read_quirks(place["quirks"], vendor.quirks, problems);
      if (vendor.base_url.empty()) place.error(problems, "base_url", "\"base_url\" is missing");
      vendors.push_back(std::move(vendor));
    }
  }
  if (problems.any_error()) {
    const auto first = problems.take_sorted().front();
    return fail(
      ErrorKind::invalid_value,
      "vendor table, line " + std::to_string(first.line) + ": " + first.message,
      first.pointer);
  }
  std::sort(vendors.begin(), vendors.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return vendors;
}

const std::vector<Vendor>& all_vendors() {
  static const std::vector<Vendor> vendors = [] {
    auto read = read_vendors(built_in_vendors());
    if (!read) broken_promise("vendors.json is broken: " + read.error().message);
    return *std::move(read);
  }();
  return vendors;
}

const Vendor* find_vendor(std::string_view id) {
  const auto& all = all_vendors();
  const auto found =
    std::lower_bound(all.begin(), all.end(), id, [](const Vendor& vendor, std::string_view wanted) {
      return vendor.id < wanted;
    });
  return found != all.end() && found->id == id ? &*found : nullptr;
}

std::vector<std::string> vendor_ids() {
  std::vector<std::string> ids;
  for (const auto& vendor : all_vendors()) ids.push_back(vendor.id);
  return ids;
}

} // namespace gateway
