#pragma once

#include "actors/cluster/cluster_record.hpp"
#include "net/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// A document may be so long.
constexpr std::size_t document_bytes_max = 8 * 1024 * 1024;

/// Who changed something, when and why: for people, and nothing is decided by it.
struct EntryNote {
  std::int64_t at = 0; // milliseconds since 1970 at the node where it was made
  std::string by;      // an admin's name, "" for the file
  std::string via;     // how it came: "file", "api", "ui", "rollback"
  std::string note;
  std::vector<std::string> summary; // what it changed, in words without values

  friend bool operator==(const EntryNote&, const EntryNote&) = default;
};

/// What turns one text into another: the part that differs, and how much around it stays.
struct TextSplice {
  std::uint64_t front = 0; // bytes that stay
  std::uint64_t back = 0;
  std::string middle; // what stands between them

  friend bool operator==(const TextSplice&, const TextSplice&) = default;
};

TextSplice splice_of(std::string_view before, std::string_view after);
/// Errors: invalid_value, where it was made of another text.
Result<std::string> spliced(std::string_view before, const TextSplice& splice);

/// A change of the document, of a version that its editor saw.
struct DocumentEdit {
  std::uint64_t base = 0;
  std::uint64_t least = 0; // the version's number: a document may be older than its cluster
  TextSplice splice;
  EntryNote note;

  friend bool operator==(const DocumentEdit&, const DocumentEdit&) = default;
};

/// One entry of the document log, as it was proposed: all nodes apply the same ones in the same
/// order, and come to the same result. What the document says is not looked at: what it means for
/// the cluster's record comes with the edit, and counts if that does.
struct DocumentEntry {
  std::uint64_t proposal = 0; // random: the same one may come twice, and counts once
  std::optional<DocumentEdit> edit;
  std::vector<ClusterEntry> record; // all of them or none

  friend bool operator==(const DocumentEntry&, const DocumentEntry&) = default;
};

constexpr std::size_t record_entries_max = 16; // in one entry

std::string encode(const DocumentEntry& entry);
/// Errors: invalid_value, also for an entry of a later version of this program.
Result<DocumentEntry> decode_document_entry(std::string_view bytes);

} // namespace gateway
