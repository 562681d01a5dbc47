#pragma once

#include "net/dialects/openai.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <string_view>

namespace gateway {

class Splice;

/// Choices of one answer; OpenAI's own bound for `n`.
constexpr std::size_t answer_choices_max = 128;

/// What the gateway must know of a chunk, or of a whole answer, that passes through as it is.
/// Places are bytes from the text's start.
struct Glance {
  struct Choice {
    std::int64_t index = 0;
    std::string_view finish; // as it is written, empty if none
    std::size_t finish_begin = 0;
    std::size_t finish_end = 0;
  };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  bool valid = false; // a JSON object, all of it
  bool has_error = false;
  Usage usage;
  boost::container::small_vector<BodyField, 16> fields; // of the top level
  std::size_t usage_field = none;                       // of `fields`, where it is an object
  boost::container::small_vector<Choice, 2> choices;
  bool too_many_choices = false;
  bool vectors_are_text = false; // of embeddings: base64
  // What the model wrote: how much, and where if it is one string.
  std::int64_t text_bytes = 0;
  int texts = 0;
  std::size_t text_begin = 0;
  std::size_t text_end = 0;
  std::size_t padding_begin = 0; // OpenAI's `obfuscation`: a text of any length, against listeners
  std::size_t padding_end = 0;
  std::string_view id; // these as they are written, the strings without quotes
  std::string_view model;
  std::string_view created;
};

/// Reads `text` once, validating all of it. The views point into `text`.
void take_glance(std::string_view text, Glance& glance);

/// A chunk of no answer yet: Azure tells first what its filter made of the prompt. It has no
/// choice, which many clients index without a look.
bool is_of_no_answer(const Glance& glance) noexcept;

/// A finish reason that OpenAI's clients do not know.
bool has_unknown_finish(const Glance& glance) noexcept;
/// Replaces those by the nearest that they know.
void rename_finishes(const Glance& glance, Splice& splice);

} // namespace gateway
