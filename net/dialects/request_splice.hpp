#pragma once

#include "net/dialects/dialect.hpp"
#include "net/dialects/splice.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

/// A client's body on its way to a provider of the same format: model name replaced, routing
/// preferences cut out, quirks applied, and all the rest as the client wrote it. The base of one
/// for each format, which knows what else that format wants changed.
class RequestSplice {
protected:
  /// How clients of this format know a parameter that quirks name as OpenAI does.
  using NameOf = std::string (*)(std::string_view param);

  RequestSplice(
    std::string_view body,
    const Envelope& envelope,
    const Target& target,
    NameOf name_of = nullptr);

  /// First: takes out what is never sent on or not to this provider.
  /// Errors: unsupported_parameter.
  Result<void> apply_lists();
  void set_model();
  /// Last: clamps, renames, drops within fields, adds what the quirks add.
  void apply_quirks();
  OutgoingRequest written();

  const BodyField& field(std::size_t i) const { return envelope_.fields[i]; }
  std::string_view value(std::size_t i) const {
    return body_.substr(field(i).value_begin, field(i).value_end - field(i).value_begin);
  }

  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  /// Where the field of that name is that will be sent, `nowhere` if there is none.
  std::size_t find(std::string_view name) const;

  void add(std::string_view name, std::string json) { added_.emplace_back(name, std::move(json)); }
  void replace(std::size_t i, std::string json);
  /// What is in it was changed: nothing else will be.
  void been_over(std::size_t i) { is_done_[i] = true; }
  void rename(std::size_t i, std::string_view name);
  void cut(std::size_t i) { is_cut_[i] = true; }
  /// Cuts it and says so.
  void drop(std::size_t i);
  void note(std::string_view name);
  bool drops(std::string_view name) const { return lists(quirks_.drop, name); }
  bool rejects(std::string_view name) const { return lists(quirks_.reject, name); }

  std::string_view body_;
  const Envelope& envelope_;
  const Target& target_;
  const Quirks& quirks_;
  Splice splice_;

private:
  // Few requests have more fields.
  static constexpr std::size_t fields_inside = 32;

  bool lists(const std::vector<std::string>& names, std::string_view name) const;
  bool sends(std::string_view name) const;
  std::string_view apply_lists(std::size_t i);
  void apply_values(std::size_t i);
  void clamp(std::size_t i, double low, double high);
  void drop_nested(std::string_view path);
  void append_added();

  NameOf name_of_;
  boost::container::small_vector<bool, fields_inside> is_cut_;              // by field
  boost::container::small_vector<bool, fields_inside> is_done_;             // by field
  boost::container::small_vector<std::string_view, fields_inside> sent_as_; // by field
  std::vector<std::pair<std::string_view, std::string>> added_;             // names and values
  std::vector<std::string> dropped_;
};

} // namespace gateway
