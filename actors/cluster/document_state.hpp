#pragma once

#include "actors/cluster/document_entry.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace gateway {

/// A version of the document as the log remembers it.
struct DocumentVersion {
  std::uint64_t version = 0;
  EntryNote note;

  friend bool operator==(const DocumentVersion&, const DocumentVersion&) = default;
};

/// What an entry came to, when its turn was there; the same on every node.
struct EntryOutcome {
  enum class Verdict : std::uint8_t {
    taken,
    stale,   // an edit of a version that is not the newest any more
    refused, // it does not fit: `problem` says what
  };

  Verdict verdict = Verdict::taken;
  std::uint64_t version = 0; // of the document, after it
  std::uint64_t record = 0;  // of the cluster's record, after it
  std::string problem = {};  // for a person

  friend bool operator==(const EntryOutcome&, const EntryOutcome&) = default;
};

/// What the entries of the log lead to: the document and the cluster's record. Applied in the same
/// order, entries come to the same on every node: nothing here asks for a time, a random number or
/// a file.
class DocumentState {
public:
  /// An edit counts only where nothing came since the version that it was made of: there is never
  /// a silent winner. One that was proposed twice is applied once, and has the same outcome twice.
  EntryOutcome apply(const DocumentEntry& entry);

  std::uint64_t version() const noexcept { return version_; }
  const std::string& text() const noexcept { return text_; }
  const ClusterRecord& record() const noexcept { return record_; }
  /// Versions after `base`, the oldest first; fewer where that is long ago.
  std::vector<DocumentVersion> since(std::uint64_t base) const;

  std::string snapshot() const;
  /// Errors: invalid_value, also for one of a later version of this program.
  static Result<DocumentState> read(std::string_view snapshot);

  friend bool operator==(const DocumentState&, const DocumentState&) = default;

private:
  /// An entry that was taken.
  struct Taken {
    std::uint64_t proposal = 0;
    std::uint64_t version = 0;
    std::uint64_t record = 0;

    friend bool operator==(const Taken&, const Taken&) = default;
  };

  EntryOutcome outcome(EntryOutcome::Verdict verdict, std::string problem = {}) const;
  void take_edit(const DocumentEntry& entry, std::string text);

  std::uint64_t version_ = 0;
  std::string text_;
  std::deque<DocumentVersion> versions_; // the newest last
  std::size_t note_bytes_ = 0;           // of all of them
  std::deque<Taken> taken_;              // the newest last
  ClusterRecord record_;
};

/// What makes that text of the newest version, for whoever saw the version `base`. Of another one a
/// splice makes no sense, but then the edit is stale anyway; the first edit is of none, and the
/// version keeps its number.
DocumentEdit
edit_of(const DocumentState& state, std::uint64_t base, const std::string& text, EntryNote note);

/// How many versions it remembers the notes of, and how much of them.
constexpr std::size_t document_versions_max = 1'000;
constexpr std::size_t document_notes_bytes_max = 1024 * 1024;
/// How many entries it knows again when they come twice: far more than may be undecided.
constexpr std::size_t entries_known_max = 2'000;

} // namespace gateway
