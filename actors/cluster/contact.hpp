#pragma once

#include "net/base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace gateway {

/// R6, rule 1: a member uses permits only while most of these have echoed something that it sent
/// within `silence`. So that whoever knows that they did not knows when it stopped.
struct ContactTerms {
  std::uint64_t since = 0;             // the version of the record that set them
  std::vector<std::uint32_t> voters;   // members; ascending
  std::optional<Milliseconds> silence; // none: it goes on, whoever hears it

  friend bool operator==(const ContactTerms&, const ContactTerms&) = default;
};

/// Two that are cut off from each other would both stop.
constexpr std::size_t contact_voters_least = 3;
constexpr std::size_t contact_terms_max = 32;

/// When `self` sent the newest that most of the voters have echoed; itself it hears. `echoed`: what
/// each of the others has echoed last, by when it was sent. None: most of them echoed nothing.
std::optional<Instant> contact_at(
  const ContactTerms& terms, std::uint32_t self, const std::map<std::uint32_t, Instant>& echoed);

/// By when a member has stopped to use permits, whichever of `terms` it goes by. `heard`: when
/// those who don't hear it any more heard it last. None: some of these terms may let it go on.
std::optional<Instant>
stopped_by(std::span<const ContactTerms> terms, const std::map<std::uint32_t, Instant>& heard);

} // namespace gateway
