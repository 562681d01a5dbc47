#include "net/dialects/aws_signature.hpp"

#include "net/dialects/outgoing_head.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <ctime>
#include <map>
#include <memory>

namespace gateway {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

using Digest = std::array<unsigned char, 32>;

std::string_view bytes_in(const Digest& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string in_hex(const Digest& digest) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const auto byte : digest) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

Digest sha256(std::span<const std::string_view> pieces) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash{
    EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  Digest digest{};
  bool made = hash && EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1;
  for (const auto piece : pieces)
    made = made && EVP_DigestUpdate(hash.get(), piece.data(), piece.size()) == 1;
  if (!made || EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr) != 1)
    broken_promise("SHA-256 is not available");
  return digest;
}

Digest hmac(std::string_view key, std::string_view text) {
  Digest digest{};
  unsigned int size = 0;
  const auto* made = HMAC(
    EVP_sha256(),
    key.data(),
    static_cast<int>(key.size()),
    reinterpret_cast<const unsigned char*>(text.data()),
    text.size(),
    digest.data(),
    &size);
  if (made == nullptr) broken_promise("HMAC is not available");
  return digest;
}

/// "20261123T120000Z".
std::string time_text(WallTime now) {
  const auto seconds = static_cast<std::time_t>(
    std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

/// Without blanks around it, and with one where there are several.
std::string trimmed(std::string_view value) {
  std::string text;
  bool blank = false;
  for (const auto c : value) {
    if (c == ' ' || c == '\t') {
      blank = !text.empty();
      continue;
    }
    if (blank) text += ' ';
    blank = false;
    text += c;
  }
  return text;
}

std::map<std::string, std::string>
signed_headers(const OutgoingRequest& request, std::string_view host) {
  std::map<std::string, std::string> chosen{{"host", trimmed(host)}};
  for (const auto& [name, value] : request.headers.all()) {
    std::string lower{name};
    for (auto& c : lower) c = to_lower_ascii(c);
    if (lower == "content-type" || lower.starts_with("x-amz-")) chosen[lower] = trimmed(value);
  }
  return chosen;
}

} // namespace

void sign_aws(OutgoingRequest& request, const AwsSigning& signing) {
  const auto time = time_text(signing.now);
  const auto date = time.substr(0, 8);
  request.headers.set("x-amz-date", time);
  if (!signing.keys.session_token.empty())
    request.headers.set("x-amz-security-token", signing.keys.session_token.reveal());

  std::string names;
  std::string lines;
  for (const auto& [name, value] : signed_headers(request, signing.host)) {
    names += (names.empty() ? "" : ";") + name;
    lines += name + ":" + value + "\n";
  }
  // What stands encoded in the path is encoded once more; only S3 signs it as it is.
  const auto canonical = "POST\n" + percent_encoded(request.path, "-._~/") + "\n\n" + lines + "\n"
    + names + "\n" + in_hex(sha256(request.body.pieces()));

  const auto scope =
    date + "/" + std::string{signing.region} + "/" + std::string{signing.service} + "/aws4_request";
  const std::string_view whole{canonical};
  const auto to_sign =
    std::string{algorithm} + "\n" + time + "\n" + scope + "\n" + in_hex(sha256({&whole, 1}));
  auto key = hmac("AWS4" + signing.keys.secret_access_key.reveal(), date);
  for (const auto step : {signing.region, signing.service, std::string_view{"aws4_request"}})
    key = hmac(bytes_in(key), step);
  request.headers.set(
    "authorization",
    std::string{algorithm} + " Credential=" + signing.keys.access_key_id.reveal() + "/" + scope
      + ", SignedHeaders=" + names + ", Signature=" + in_hex(hmac(bytes_in(key), to_sign)));
}

} // namespace gateway
