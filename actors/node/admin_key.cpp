#include "actors/node/admin_key.hpp"

#include "actors/keys/virtual_key.hpp"
#include "net/base/log.hpp"
#include "persistence/json_file.hpp"

namespace gateway {
namespace {

Result<std::string> hash_of_file(const std::string& path) {
  GATEWAY_TRY(auto key, read_file(path));
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r' || key.back() == ' '))
    key.pop_back();
  if (key.empty()) return fail(ErrorKind::invalid_value, path + " holds no admin key.");
  return key_hash(key);
}

} // namespace

Result<std::string> load_admin_key(const ServeOptions& options) {
  if (!options.admin_key.empty()) return key_hash(options.admin_key);
  if (!options.admin_key_file.empty()) return hash_of_file(options.admin_key_file);
  const auto path = options.data + "/admin-key";
  auto known = hash_of_file(path);
  if (known || known.error().kind != ErrorKind::not_found) return known;
  const auto key = make_key();
  if (auto written = write_replaced(path, key.reveal() + "\n", 0600); !written)
    return fail(std::move(written.error()));
  log::info("admin key made file={}", path);
  return key_hash(key.reveal());
}

} // namespace gateway
