#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gateway {

/// How many letters must be put in, left out, changed or swapped with their neighbour to make one
/// of the other. Without regard to ASCII case.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The name that was probably meant: the one with the fewest edits, unless that is another word.
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known);

/// `, did you mean "tpm"?`, or nothing: the tail of a message about an unknown name.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

} // namespace gateway
