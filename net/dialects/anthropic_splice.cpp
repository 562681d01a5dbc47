#include "net/dialects/anthropic_client.hpp"
#include "net/dialects/request_splice.hpp"
#include "net/unified/json_cursor.hpp"

#include <algorithm>

/// What Anthropic's format wants changed in a body that is spliced.
namespace gateway {
namespace {

/// Betas that one request may ask for, and how long their names are.
constexpr std::size_t betas_max = 32;
constexpr std::size_t beta_bytes_max = 64;

bool is_beta(std::string_view name) noexcept {
  return !name.empty() && name.size() <= beta_bytes_max && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
      || c == '_' || c == '.';
  });
}

/// The betas of all `anthropic-beta` headers, comma-separated; what is no name of one is left out.
std::string betas_in(std::span<const Header> headers) {
  std::string betas;
  std::size_t count = 0;
  for (const auto& header : headers) {
    if (!same_ignoring_case(header.name, "anthropic-beta")) continue;
    auto rest = header.value;
    while (!rest.empty()) {
      auto name = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      while (name.starts_with(' ')) name.remove_prefix(1);
      while (name.ends_with(' ')) name.remove_suffix(1);
      if (!is_beta(name) || ++count > betas_max) continue;
      if (!betas.empty()) betas += ',';
      betas += name;
    }
  }
  return betas;
}

/// Takes the thoughts of other models out of messages, which Anthropic would refuse: their
/// signatures are none of its own. Whoever said nothing else said nothing.
class ForeignThoughts {
public:
  ForeignThoughts(std::string_view messages, std::size_t offset, Splice& splice)
      : cursor_(JsonTokens::of_this_thread().read(messages)), offset_(offset), splice_(splice) {
    cursor_.tolerate_duplicates();
  }

  /// Whether there were any.
  bool cut() {
    cut_items([this] { return cut_in_message(); });
    return any_;
  }

private:
  enum class Verdict : std::uint8_t { keep, cut };

  /// `on_item` takes an item and says what becomes of it. Whether nothing is left of all of them.
  template <class OnItem>
  bool cut_items(OnItem&& on_item) {
    std::vector<BodyField> items;
    boost::container::small_vector<bool, 32> is_cut;
    cursor_.array([&] {
      const auto begin = cursor_.begin() + offset_;
      is_cut.push_back(on_item() == Verdict::cut);
      items.push_back({{}, begin, begin, cursor_.end() + offset_});
      return cursor_.fault() == JsonFault::none;
    });
    const bool all = !items.empty() && std::ranges::find(is_cut, false) == is_cut.end();
    if (!all) splice_.cut(items, is_cut);
    return all;
  }

  Verdict cut_in_message() {
    bool is_empty = false;
    if (cursor_.peek() != '{') return skip();
    cursor_.object([&](std::string_view name) {
      if (name != "content" || cursor_.peek() != '[') return cursor_.skip();
      is_empty = cut_items([this] { return look_at_block(); });
      return cursor_.fault() == JsonFault::none;
    });
    return is_empty ? Verdict::cut : Verdict::keep;
  }

  Verdict look_at_block() {
    if (cursor_.peek() != '{') return skip();
    bool is_foreign = false;
    cursor_.object([&](std::string_view name) {
      const bool is_proof = (name == "signature" || name == "data") && cursor_.peek() == '"';
      if (!is_proof) return cursor_.skip();
      std::string_view raw;
      if (!cursor_.string(raw)) return false;
      is_foreign = is_foreign || raw.starts_with(foreign_signature_mark);
      return true;
    });
    any_ = any_ || is_foreign;
    return is_foreign ? Verdict::cut : Verdict::keep;
  }

  Verdict skip() {
    cursor_.skip();
    return Verdict::keep;
  }

  JsonCursor cursor_;
  std::size_t offset_;
  Splice& splice_;
  bool any_ = false;
};

/// The version that a client names is not passed on: the one in use here takes all that newer ones
/// do, and what the client's own would refuse is no harm.
class AnthropicSplice : private RequestSplice {
public:
  AnthropicSplice(const ClientRequest& request, const Envelope& envelope, const Target& target)
      : RequestSplice(request.body, envelope, target, anthropic_name_of),
        headers_(request.headers) {}

  Result<OutgoingRequest> write() {
    if (auto listed = apply_lists(); !listed) return fail(std::move(listed.error()));
    set_model();
    cut_foreign_thoughts();
    if (!takes_anthropic_sampling(target_))
      for (const std::string_view name : {"temperature", "top_p", "top_k"})
        if (const auto i = find(name); i != nowhere) drop(i);
    apply_quirks();
    auto outgoing = written();
    add_anthropic_head(outgoing, target_, betas_in(headers_));
    return outgoing;
  }

private:
  void cut_foreign_thoughts() {
    const auto i = find("messages");
    if (i == nowhere || value(i).find(foreign_signature_mark) == std::string_view::npos) return;
    if (!ForeignThoughts{value(i), field(i).value_begin, splice_}.cut()) return;
    been_over(i);
    // By a budget a model thinks only where it finds the thoughts behind its calls.
    const auto thinking = find("thinking");
    if (thinking != nowhere && value(thinking).find(R"("enabled")") != std::string_view::npos)
      drop(thinking);
  }

  std::span<const Header> headers_;
};

} // namespace

Result<OutgoingRequest>
splice_anthropic(const ClientRequest& request, const Envelope& envelope, const Target& target) {
  return AnthropicSplice{request, envelope, target}.write();
}

} // namespace gateway
