#pragma once

#include "actors/config/document.hpp"
#include "actors/config/document_diff.hpp"
#include "net/base/secret_date.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How one version of the document becomes the next (dashboard.md, section 10). Pure: what is
/// stored and told to others is the config actor's business.
namespace gateway {

/// Who edits the document.
struct Editor {
  std::string name;
  std::string client;       // the address
  bool has_session = false; // a page's user, not a script
};

/// The version that an edit begins with.
struct EditBase {
  std::string_view text;  // the stored document
  std::string_view added; // what this node adds to every version
  std::shared_ptr<const Document> document;
  const SecretDates* dates = nullptr; // of its secrets, as people see them
};

/// What is told of a version beside the document itself.
struct VersionNote {
  std::uint64_t version = 0;
  std::int64_t at = 0; // milliseconds since 1970, 0: not kept
  std::string by;      // an admin's name, "" for the file
  std::string via;     // "file", "api", "ui" or "rollback"
  std::string note;
  std::vector<std::string> summary;
};

/// What became of an edit.
enum class EditVerdict : std::uint8_t {
  taken,     // in force for the next request
  valid,     // a dry run: would be taken
  stale,     // another version came in between
  invalid,   // the problems say why
  locked,    // settings.locked: only the file edits
  unknown,   // no such version to go back to
  failed,    // could not be stored
  no_quorum, // of a cluster: no majority of the voters agreed in time
};

/// What an edit would make of it.
struct NextVersion {
  std::string text;
  std::shared_ptr<const Document> document; // null if any problem is an error
  std::vector<Problem> problems;            // all of them, warnings too
  std::vector<Change> changes;              // none: nothing is different
};

/// Applies an RFC 6902 patch (JSON text) that was made on the document as people see it, secrets in
/// their read form. A secret that was kept must not go to another origin than before: it is to be
/// given anew then.
NextVersion edit_document(const EditBase& base, std::string_view patch);

/// Goes back to the text of an earlier version. A secret that was replaced since keeps its newer
/// value, and a warning says so, where the provider's origin is the same; else the two of that
/// version go together.
NextVersion roll_back_document(const EditBase& base, std::string_view earlier);

/// Takes over what changed in the file since it was last read; what others changed stays. Where
/// both changed the same value, and not to the same, the problem `clash` names it.
/// Both texts are JSON, `file` is yet to be checked.
NextVersion merge_file(const EditBase& base, std::string_view last_read, std::string_view file);

/// Takes the file as it is, whatever others changed. JSON text, yet to be checked.
NextVersion replace_document(const EditBase& base, std::string_view file);

/// What differs between two stored texts, both of which were in force once.
std::vector<Change> diff_texts(std::string_view before, std::string_view after);

/// The document as people may see it, JSON.
std::string redacted_text(std::string_view text, const SecretDates& dates);

/// The dates of the secrets of a text that comes after another one, "" if it is the first.
SecretDates dates_after(
  std::string_view before, const SecretDates& dates, std::string_view after, const SecretDate& now);

} // namespace gateway
