#pragma once

#include "actors/config/document.hpp"
#include "actors/config/document_diff.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How one version of the document becomes the next (dashboard.md, section 10). Pure: what is
/// stored and told to others is the config actor's business.
namespace gateway {

/// The version that an edit begins with.
struct EditBase {
  std::string_view text;  // the stored document
  std::string_view added; // what this node adds to every version
  std::shared_ptr<const Document> document;
};

/// What is told of a version beside the document itself.
struct VersionNote {
  std::uint64_t version = 0;
  std::int64_t at = 0; // milliseconds since 1970, 0: not kept
  std::string by;      // an admin's name, "" for the file
  std::string via;     // "file", "api" or "rollback"
  std::string note;
  std::vector<std::string> summary;
};

/// What became of an edit.
enum class EditVerdict : std::uint8_t {
  taken,   // in force for the next request
  valid,   // a dry run: would be taken
  stale,   // another version came in between
  invalid, // the problems say why
  locked,  // settings.locked: only the file edits
  unknown, // no such version to go back to
  failed,  // could not be stored
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
/// value where the provider's origin is the same; else the two of that version go together.
NextVersion roll_back_document(const EditBase& base, std::string_view earlier);

/// A whole text in place of the document: the file was read again.
NextVersion replace_document(const EditBase& base, std::string_view text);

/// What differs between two stored texts, both of which were in force once.
std::vector<Change> diff_texts(std::string_view before, std::string_view after);

/// The document as people may see it, JSON.
std::string redacted_text(std::string_view text);

} // namespace gateway
