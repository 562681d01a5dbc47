#pragma once

#include "net/base/result.hpp"
#include "net/dialects/dialect.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// A vendor whose address and ways are known (cluster-config/vendors.json), so that a provider of
/// it is one line of configuration.
struct Vendor {
  std::string id;
  std::string name; // as people write it
  std::string dialect;
  /// Where it is; a part in braces, as in `https://host/{account}`, must be given by the document.
  std::string base_url;
  std::string key_env;                  // the variable its key is customarily in; may be empty
  std::vector<std::string> signing_env; // those of keys that sign
  bool key_needed = true;               // false: answers without a key too
  std::string day;                      // when its days end: "", utc or a zone name
  bool counts_reserved = false;         // charges max_tokens when a request arrives
  std::string retired;                  // why it can't be used any more; empty if it can
  Quirks quirks;

  bool address_known() const noexcept { return base_url.find('{') == std::string::npos; }
};

/// All of the vendor table, by id.
const std::vector<Vendor>& all_vendors();
const Vendor* find_vendor(std::string_view id);
std::vector<std::string> vendor_ids();

/// Errors: the text is no vendor table; it names the reason.
Result<std::vector<Vendor>> read_vendors(std::string_view json);

} // namespace gateway
