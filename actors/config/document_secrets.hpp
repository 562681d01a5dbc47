#pragma once

#include "actors/config/json_patch.hpp"
#include "net/base/secret_date.hpp"

#include <string>
#include <vector>

/// Secrets of a document are write-only (dashboard.md, section 10.8). A literal is read as
/// {"$secret":"set","hint":"9c1d","set_at":1795444195000,"by":"ops"} and written as
/// {"$secret":{"value":"…"}}, removed as null; the read form sent back means unchanged. `env:NAME`
/// and `file:PATH` are plain strings.
namespace gateway {

/// Where the schema says that a secret stands (`x-ui.secret`) and something does stand there: a
/// string, one of the two forms above, or null. In the order of the document.
std::vector<std::string> secret_pointers(const DocumentJson& document);

/// A text that is the secret itself, not `env:NAME` or `file:PATH`.
bool is_literal_secret(const DocumentJson& value);

/// The document as people may see it: literals in their read form, with their dates where those are
/// given.
DocumentJson redacted(DocumentJson document, const SecretDates* dates = nullptr);

/// The dates of the literals in `after`: those of `before` where they are the same, else `now`.
SecretDates dated(
  const DocumentJson& before,
  const SecretDates& dates,
  const DocumentJson& after,
  const SecretDate& now);

/// Puts into a redacted document that was edited by `patch` the secrets it means: those of the
/// `stored` one where it left them, new ones where it gave some. Names what the admin API does not
/// take: a path, a variable that neither the stored document nor the vendor table names, the read
/// form where nothing is stored.
/// Returns the pointers of the secrets that were not given anew.
std::vector<std::string> restore_secrets(
  DocumentJson& edited, const DocumentJson& stored, const DocumentJson& patch, Problems& problems);

} // namespace gateway
