#include "actors/node/admin_secrets.hpp"

#include "net/base/log.hpp"
#include "persistence/json_file.hpp"

namespace gateway {
namespace {

constexpr std::size_t session_secret_bytes = 32;
constexpr std::size_t sign_in_code_bytes = 20;

Result<std::string> checked_hash(const std::string& key, const std::string& from) {
  if (key.size() >= admin_key_bytes_min) return key_hash(key);
  if (key.empty()) return fail(ErrorKind::invalid_value, from + " holds no admin key.");
  return fail(
    ErrorKind::invalid_value,
    from + " holds an admin key that could be guessed: give it at least "
      + std::to_string(admin_key_bytes_min) + " characters.");
}

Result<Secret> read_line(const std::string& path) {
  GATEWAY_TRY(auto line, read_file(path));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' '))
    line.pop_back();
  return Secret{std::move(line)};
}

// The file's one line; where there is no such file, it is made of `fresh`.
Result<Secret> read_or_make(const std::string& path, const Secret& fresh, std::string_view what) {
  auto known = read_line(path);
  if (known || known.error().kind != ErrorKind::not_found) return known;
  if (auto written = write_replaced(path, fresh.reveal() + "\n", 0600); !written)
    return fail(std::move(written.error()));
  log::info("{} made file={}", what, path);
  return fresh;
}

Result<std::string> own_key_hash(const ServeOptions& options) {
  if (!options.admin_key.empty()) return checked_hash(options.admin_key, "LLM_GATEWAY_ADMIN_KEY");
  if (!options.admin_key_file.empty()) {
    GATEWAY_TRY(const auto key, read_line(options.admin_key_file));
    return checked_hash(key.reveal(), options.admin_key_file);
  }
  const auto path = options.data + "/admin-key";
  GATEWAY_TRY(const auto key, read_or_make(path, make_key(), "admin key"));
  return checked_hash(key.reveal(), path);
}

} // namespace

Result<AdminSecrets> load_admin_secrets(const ServeOptions& options) {
  AdminSecrets secrets;
  GATEWAY_TRY(secrets.own_key_hash, own_key_hash(options));
  const auto path = options.data + "/session-secret";
  const Secret fresh{random_text(session_secret_bytes)};
  GATEWAY_TRY(secrets.session_secret, read_or_make(path, fresh, "session secret"));
  if (secrets.session_secret.reveal().size() < fresh.reveal().size())
    return fail(
      ErrorKind::invalid_value, path + " is too short to sign with: remove it, and one is made.");
  secrets.sign_in_code = Secret{random_text(sign_in_code_bytes)};
  return secrets;
}

std::string sign_in_link(std::string address, const Secret& code) {
  while (address.ends_with('/')) address.pop_back();
  // What stands for every address is none that one can go to.
  for (const std::string_view any : {"//0.0.0.0:", "//[::]:"})
    if (const auto at = address.find(any); at != std::string::npos)
      address.replace(at + 2, any.size() - 3, "localhost");
  return address + "/#code=" + code.reveal();
}

} // namespace gateway
