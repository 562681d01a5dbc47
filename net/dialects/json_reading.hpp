#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// JSON that keeps the order of an object's members: models write in the order of a schema, and
/// arguments come back as they were said.
using Json = nlohmann::ordered_json;

/// Deeper text is not taken; also what clients may send (contract, section 4).
constexpr std::size_t json_depth_max = 64;
/// An ordered object compares each new name with all it has: the comparisons one text may cost,
/// about a tenth of a second.
constexpr std::uint64_t json_comparisons_max = 20'000'000;

/// Reads a stranger's JSON. Nothing for broken or too deep text and invalid UTF-8; never throws.
std::optional<Json> parse_json(std::string_view text);
/// As `parse_json`, but nothing for a text that is no object.
std::optional<Json> parse_json_object(std::string_view text);

/// Compact text. Never throws: bytes that are no UTF-8 become U+FFFD.
std::string json_text(const Json& json);

// Looks into JSON of unknown shape: a wrong type counts as a missing member, and so does null.

/// The member, or null if `json` is no object, has no such member, or the member is null.
const Json* member(const Json& json, std::string_view name) noexcept;
/// The member, or null if it is no object.
const Json* object_at(const Json& json, std::string_view name) noexcept;
/// The member's items, none if it is no array.
std::span<const Json> items_at(const Json& json, std::string_view name) noexcept;
/// The member's text, empty if it is no string. The view lies in `json`.
std::string_view text_at(const Json& json, std::string_view name) noexcept;
/// The text of a JSON string, empty if it is none.
std::string_view text_of(const Json& json) noexcept;
bool flag_at(const Json& json, std::string_view name) noexcept;
/// A count of tokens or the like, also as a decimal string (proto3's int64) or a float; nothing if
/// it is no number or below zero. At most 10^12, so that sums of counts can't overflow.
std::optional<std::int64_t> count_at(const Json& json, std::string_view name) noexcept;
/// An embedding's numbers; nothing if one of them is none, or none that a float can hold.
std::optional<std::vector<float>> vector_of(std::span<const Json> numbers);

} // namespace gateway
