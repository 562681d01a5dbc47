#pragma once

#include "actors/provider/rest.hpp"
#include "net/base/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// What providers said to one node that concerns all: by stop ("provider/groq").
using RestsByStop = std::map<std::string, std::vector<Rest>>;

/// What this node's providers said to it, as it is told to the others and they tell it: all of it
/// each time, so that a message may be lost. Thread: one; `now` never goes back.
class RestBoard {
public:
  static constexpr std::uint8_t version = 1;
  /// So often all is told again, and so long that something is over.
  static constexpr Milliseconds again{1'000};
  static constexpr Milliseconds over_told{5'000};
  /// What ends as much later is another rest.
  static constexpr Milliseconds same_within{250};

  /// All that holds at one stop; instead of what it said before. False: it said so already.
  bool told(const std::string& stop, const std::vector<Rest>& rests, Instant now);
  /// What is not in it holds no more. What does not fit into a frame is told by its own 429.
  std::string message(Instant now);

  /// What a peer said is whole too: with nothing for the stops that it named before and no more.
  RestsByStop heard(const std::string& peer, RestsByStop rests);

private:
  struct Row {
    Rest rest;
    Instant until{}; // of the rest, or of telling that it is over
  };
  std::map<std::string, std::vector<Row>> rows_;
  std::map<std::string, std::vector<std::string>> named_; // stops, by the peer that told of them
};

std::string encode_rests(const RestsByStop& rests);
/// Errors: invalid_value, for what `encode_rests` never makes. Reasons of a newer release are left
/// out.
Result<RestsByStop> decode_rests(std::string_view bytes);

} // namespace gateway
