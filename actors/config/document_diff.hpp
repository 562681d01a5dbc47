#pragma once

#include "actors/config/json_patch.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// One value that two versions of a document differ in.
struct Change {
  std::string pointer;   // RFC 6901
  std::string before;    // JSON, secrets in their read form; empty where there was nothing
  std::string after;     // as above; {"$secret":"replaced"} where another secret stands now
  std::string_view kind; // change_kind() of the pointer
};

/// Equal by value; the order of an object's members says nothing.
bool same_value(const DocumentJson& one, const DocumentJson& other);

/// Pointers of all that differs, in the order of the documents: what stands in both is looked
/// into, lists are compared whole.
std::vector<std::string> differing_places(const DocumentJson& before, const DocumentJson& after);

/// The same with the values, as people may see them.
std::vector<Change> diff_documents(const DocumentJson& before, const DocumentJson& after);

/// What a change is about: secret, limit, price, model, provider, pool, route, key, team, admin,
/// setting or document.
std::string_view change_kind(std::string_view pointer) noexcept;

/// The first few changes in words, without values: "changed /providers/groq/limits/tpm".
std::vector<std::string> summary_of(std::span<const Change> changes);

} // namespace gateway
