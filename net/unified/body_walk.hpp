#pragma once

#include "net/unified/envelope.hpp"
#include "net/unified/json_cursor.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// One walk through a request's body, front to back: what chat and embeddings have in common.
/// A value that is not what it should be is noted and stepped over, so that the whole body is
/// validated whatever it says; of several faults the one in the JSON is told, then the first.
class BodyWalk {
protected:
  explicit BodyWalk(JsonCursor cursor) : cursor_(cursor) {}

  /// `on_field(name)` takes each field of the body.
  template <class OnField>
  Result<Envelope> walk(OnField&& on_field) {
    envelope_.fields.reserve(12);
    if (cursor_.peek() == '{')
      cursor_.object([&](std::string_view name) {
        const auto index = begin_field(name);
        return on_field(name) && end_field(index);
      });
    else
      wrong("", "the body must be a JSON object");
    return finish();
  }

  /// Each takes one value; false only if the JSON is at fault.
  bool wrong(std::string param, std::string_view message);
  bool take_flag(std::string_view param, bool& flag);
  bool take_count(
    std::string_view param,
    std::int64_t least,
    std::int64_t most,
    std::optional<std::int64_t>& count);
  bool take_text(std::string_view& text);
  bool skip_text();                        // counted as text for a model
  bool take_common(std::string_view name); // a field that every body may have, or an unknown one

  void note(ErrorKind kind, std::string message, std::string param);

  JsonCursor cursor_;
  Envelope envelope_;

private:
  std::size_t begin_field(std::string_view name);
  bool end_field(std::size_t index);
  bool take_model();
  bool take_provider();
  bool take_max_price();
  bool take_price(std::string param, std::optional<double>& price);
  bool take_names(std::string param, std::vector<std::string>& names);
  bool take_sort();
  Result<Envelope> finish();

  std::optional<Error> error_;
};

} // namespace gateway
