#include "net/unified/json_cursor.hpp"

#include <simdjson.h>

#include <limits>

namespace gateway {
namespace {

/// The index of a text of this size is kept for the next one; that of a larger one is given back.
constexpr std::size_t index_text_bytes_kept_max = 1024 * 1024;
constexpr std::size_t index_text_bytes_min = 4096;

JsonFault fault_of(simdjson::error_code error) noexcept {
  switch (error) {
  case simdjson::SUCCESS: return JsonFault::none;
  case simdjson::UTF8_ERROR: return JsonFault::invalid_utf8;
  case simdjson::UNCLOSED_STRING: return JsonFault::unclosed_string;
  case simdjson::UNESCAPED_CHARS: return JsonFault::control_character;
  case simdjson::EMPTY: return JsonFault::empty;
  case simdjson::CAPACITY:
  case simdjson::MEMALLOC: return JsonFault::too_large;
  default: return JsonFault::bad_token;
  }
}

} // namespace

struct JsonTokens::Index {
  /// Makes room for a text of that size: four bytes for each of its own.
  simdjson::error_code fit(std::size_t text_bytes) {
    const bool keep = capacity >= text_bytes
      && (capacity <= index_text_bytes_kept_max || text_bytes > index_text_bytes_kept_max);
    if (keep) return simdjson::SUCCESS;
    auto wanted = index_text_bytes_min;
    while (wanted < text_bytes && wanted < index_text_bytes_kept_max) wanted *= 2;
    if (wanted < text_bytes) wanted = text_bytes;
    capacity = 0;
    stage.reset();
    // The depth is that of stage two, which is not used.
    const auto error =
      simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1, stage);
    if (!error) capacity = wanted;
    return error;
  }

  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  std::size_t capacity = 0;
};

JsonTokens::JsonTokens() : index_(std::make_unique<Index>()) {}
JsonTokens::~JsonTokens() = default;

JsonCursor JsonTokens::read(std::string_view text) {
  names_.clear();
  unescaped_.clear();
  auto error = simdjson::EMPTY;
  if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
    error = simdjson::CAPACITY;
  } else if (!text.empty()) {
    error = index_->fit(text.size());
    if (!error) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
      error = index_->stage->stage1(bytes, text.size(), simdjson::stage1_mode::regular);
    }
  }
  if (error) {
    JsonCursor none{text, nullptr, 0, names_, unescaped_};
    none.fail(fault_of(error));
    return none;
  }
  const auto& stage = *index_->stage;
  return {text, stage.structural_indexes.get(), stage.n_structural_indexes, names_, unescaped_};
}

JsonTokens& JsonTokens::of_this_thread() {
  thread_local JsonTokens tokens;
  return tokens;
}

} // namespace gateway
