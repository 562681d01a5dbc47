#include "net/demo/voices/bedrock_signature.hpp"

#include <fmt/format.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <set>
#include <vector>

namespace gateway {
namespace {

constexpr std::string_view service = "bedrock";
constexpr std::chrono::minutes skew_max{5};

Failed refused(const std::string& why) {
  return fail(ErrorKind::not_allowed, why);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

/// `Credential=…, SignedHeaders=…, Signature=…` behind the algorithm.
struct Authorization {
  std::string key_id;
  std::string date;
  std::string region;
  std::string service;
  std::string end;
  std::vector<std::string> headers;
  std::string signature;
};

std::string part_of(std::string_view text, std::string_view name) {
  const auto at = text.find(name);
  if (at == text.npos) return {};
  const auto value = text.substr(at + name.size());
  return std::string{value.substr(0, value.find(','))};
}

std::optional<Authorization> read_authorization(std::string_view header) {
  const auto scope = split(part_of(header, "Credential="), '/');
  if (scope.size() != 5) return std::nullopt;
  return Authorization{
    scope[0],
    scope[1],
    scope[2],
    scope[3],
    scope[4],
    split(part_of(header, "SignedHeaders="), ';'),
    part_of(header, "Signature=")};
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const auto c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string hash(std::string_view text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(
    reinterpret_cast<const unsigned char*>(text.data()),
    text.size(),
    reinterpret_cast<unsigned char*>(digest.data()));
  return hex(digest);
}

std::string keyed(const std::string& key, std::string_view text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  unsigned int size = 0;
  ::HMAC(
    EVP_sha256(),
    key.data(),
    static_cast<int>(key.size()),
    reinterpret_cast<const unsigned char*>(text.data()),
    text.size(),
    reinterpret_cast<unsigned char*>(digest.data()),
    &size);
  return digest;
}

/// The path as it came, encoded once more.
std::string encoded_again(std::string_view path) {
  std::string text;
  for (const auto c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
      || std::string_view{"-_.~/"}.find(c) != std::string_view::npos;
    text += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

std::optional<WallTime> time_of(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  const auto read =
    std::sscanf(text.c_str(), "%4d%2u%2uT%2d%2d%2dZ", &year, &month, &day, &hour, &minute, &second);
  if (read != 6 || text.size() != 16) return std::nullopt;
  const std::chrono::year_month_day date{
    std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute}
  + std::chrono::seconds{second};
}

/// What every request has to sign, at the least.
Result<void> check_covered(const RequestHead& head, const Authorization& shown) {
  const std::set<std::string> covered{shown.headers.begin(), shown.headers.end()};
  if (!covered.contains("host")) return refused("'host' must be signed.");
  if (!std::ranges::is_sorted(shown.headers)) return refused("Signed headers must be sorted.");
  for (const auto& [name, value] : head.headers)
    if (name.starts_with("x-amz-") && !covered.contains(std::string{name}))
      return refused(fmt::format("'{}' must be signed.", name));
  return {};
}

Result<void> check_session(const RequestHead& head, const std::string& key_id) {
  const auto token = head.find("x-amz-security-token");
  const bool temporary = key_id.starts_with("ASIA");
  if (temporary != token.has_value() || (temporary && *token != "session-of-" + key_id))
    return refused("The security token included in the request is invalid.");
  return {};
}

std::string canonical(const RequestHead& head, std::string_view body, const Authorization& shown) {
  std::string lines;
  for (const auto& name : shown.headers)
    lines += fmt::format("{}:{}\n", name, head.find(name).value_or(""));
  return fmt::format(
    "{}\n{}\n{}\n{}\n{}\n{}",
    head.method,
    encoded_again(head.path),
    head.query,
    lines,
    fmt::join(shown.headers, ";"),
    hash(body));
}

} // namespace

std::optional<std::string_view> signing_key_id(std::string_view authorization) {
  constexpr std::string_view name = "Credential=";
  const auto at = authorization.find(name);
  if (!authorization.starts_with(aws_algorithm) || at == authorization.npos) return std::nullopt;
  const auto credential = authorization.substr(at + name.size());
  return credential.substr(0, credential.find('/'));
}

Result<void> check_aws_signature(const RequestHead& head, std::string_view body, WallTime now) {
  const auto shown = read_authorization(head.find("authorization").value_or(""));
  const std::string time{head.find("x-amz-date").value_or("")};
  const auto signed_at = time_of(time);
  if (!shown || !signed_at || !time.starts_with(shown->date))
    return refused("Authorization header requires a credential, signed headers and a date.");
  if (shown->service != service || shown->end != "aws4_request")
    return refused("Credential should be scoped to correct service: 'bedrock'.");
  if (*signed_at > now + skew_max || *signed_at < now - skew_max)
    return refused("Signature expired or not yet current.");
  if (auto covered = check_covered(head, *shown); !covered) return covered;
  if (auto session = check_session(head, shown->key_id); !session) return session;

  const auto scope = fmt::format("{}/{}/{}/{}", shown->date, shown->region, service, shown->end);
  const auto to_sign =
    fmt::format("{}\n{}\n{}\n{}", aws_algorithm, time, scope, hash(canonical(head, body, *shown)));
  auto key = keyed("AWS4secret-of-" + shown->key_id, shown->date);
  for (const auto& step : {shown->region, shown->service, shown->end}) key = keyed(key, step);
  if (hex(keyed(key, to_sign)) == shown->signature) return {};
  return refused(
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method.");
}

} // namespace gateway
