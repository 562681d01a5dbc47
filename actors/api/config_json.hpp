#pragma once

#include "actors/config/edit.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What the admin API tells of the document's versions, as JSON (dashboard.md, section 10).
namespace gateway {

/// A list of {"path","code","message","severity"}.
void append_problems_json(std::string& out, std::span<const Problem> problems);

/// A list of {"path","before","after","class"}; `before` and `after` are left out where there is
/// nothing.
void append_changes_json(std::string& out, std::span<const Change> changes);

/// The members of one version of the history, without braces.
void append_version_json(std::string& out, const VersionNote& note, bool active);

/// A version or a count as a path, a query or an ETag has it; none where it is no whole number.
std::optional<std::uint64_t> read_version(std::string_view text);

} // namespace gateway
