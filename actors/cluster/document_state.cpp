#include "actors/cluster/document_state.hpp"

#include "actors/cluster/document_wire.hpp"
#include "actors/cluster/record_wire.hpp"

#include <algorithm>

namespace gateway {
namespace {

constexpr std::uint8_t format = 1;

std::size_t bytes_of(const EntryNote& note) {
  auto bytes = note.by.size() + note.via.size() + note.note.size();
  for (const auto& line : note.summary) bytes += line.size();
  return bytes;
}

Failed malformed() {
  return fail(ErrorKind::invalid_value, "a snapshot of the document log is malformed");
}

} // namespace

EntryOutcome DocumentState::outcome(EntryOutcome::Verdict verdict, std::string problem) const {
  return {verdict, version_, record_.version(), std::move(problem)};
}

EntryOutcome DocumentState::apply(const DocumentEntry& entry) {
  using Verdict = EntryOutcome::Verdict;
  const auto twice = std::ranges::find(taken_, entry.proposal, &Taken::proposal);
  if (twice != taken_.end()) return {Verdict::taken, twice->version, twice->record, {}};
  std::string text;
  if (entry.edit) {
    if (entry.edit->base != version_) return outcome(Verdict::stale);
    auto next = spliced(text_, entry.edit->splice);
    if (!next) return outcome(Verdict::refused, next.error().message);
    text = *std::move(next);
  }
  auto record = record_;
  for (const auto& one : entry.record) {
    const auto problem = std::visit(
      [&](const auto& change) {
        const auto result = record.apply(change);
        return result ? std::string{} : result.error().message;
      },
      one);
    if (!problem.empty()) return outcome(Verdict::refused, problem);
  }
  record_ = std::move(record);
  if (entry.edit) take_edit(entry, std::move(text));
  taken_.push_back({entry.proposal, version_, record_.version()});
  if (taken_.size() > entries_known_max) taken_.pop_front();
  return outcome(Verdict::taken);
}

void DocumentState::take_edit(const DocumentEntry& entry, std::string text) {
  text_ = std::move(text);
  version_ = std::max(version_ + 1, entry.edit->least);
  versions_.push_back({version_, entry.edit->note});
  note_bytes_ += bytes_of(entry.edit->note);
  while (versions_.size() > document_versions_max || note_bytes_ > document_notes_bytes_max) {
    note_bytes_ -= bytes_of(versions_.front().note);
    versions_.pop_front();
  }
}

std::vector<DocumentVersion> DocumentState::since(std::uint64_t base) const {
  const auto first = std::ranges::upper_bound(versions_, base, {}, &DocumentVersion::version);
  return {first, versions_.end()};
}

std::string DocumentState::snapshot() const {
  WireWriter writer;
  writer.byte(format);
  writer.number(version_);
  writer.text(text_);
  writer.number(versions_.size());
  for (const auto& one : versions_) {
    writer.number(one.version);
    write_note(writer, one.note);
  }
  writer.number(taken_.size());
  for (const auto& one : taken_) {
    writer.number(one.proposal);
    writer.number(one.version);
    writer.number(one.record);
  }
  writer.text(encode(record_));
  return writer.take();
}

Result<DocumentState> DocumentState::read(std::string_view snapshot) {
  WireReader reader{snapshot};
  if (reader.byte() != format) return malformed();
  DocumentState state;
  state.version_ = reader.number();
  state.text_ = reader.text(document_bytes_max);
  const auto versions = reader.number(document_versions_max);
  for (std::uint64_t i = 0; i < versions && !reader.failed(); ++i) {
    DocumentVersion one;
    one.version = reader.number();
    one.note = read_note(reader);
    state.note_bytes_ += bytes_of(one.note);
    state.versions_.push_back(std::move(one));
  }
  const auto taken = reader.number(entries_known_max);
  for (std::uint64_t i = 0; i < taken && !reader.failed(); ++i) {
    Taken one;
    one.proposal = reader.number();
    one.version = reader.number();
    one.record = reader.number();
    state.taken_.push_back(one);
  }
  auto record = decode_cluster_record(reader.text(reader.left()));
  if (!reader.at_end() || !record) return malformed();
  state.record_ = *std::move(record);
  return state;
}

DocumentEdit
edit_of(const DocumentState& state, std::uint64_t base, const std::string& text, EntryNote note) {
  const bool is_first = state.version() == 0;
  return {is_first ? 0 : base, is_first ? base : 0, splice_of(state.text(), text), std::move(note)};
}

} // namespace gateway
