#include "persistence/node_identity.hpp"

#include "persistence/json_file.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <random>

namespace gateway {
namespace {

constexpr std::size_t id_digits = 32;

// The first line without dashes.
std::string id_from(const char* path) {
  // A stream and not read_file: files of /proc say that they are empty.
  std::ifstream file{path};
  std::string line;
  std::string id;
  if (!std::getline(file, line)) return id;
  for (const char c : line)
    if (c != '-') id += c;
  return id.size() == id_digits ? id : "";
}

} // namespace

std::string random_id() {
  constexpr char digits[] = "0123456789abcdef";
  std::random_device chance;
  std::string id;
  while (id.size() < id_digits) id += digits[chance() & 15];
  return id;
}

Result<NodeIdentity> load_identity(const std::string& data) {
  const auto path = data + "/node.json";
  const auto text = read_file(path);
  if (!text) {
    if (text.error().kind != ErrorKind::not_found) return fail(text.error());
    return NodeIdentity{random_id(), 1, 0, "", {}};
  }
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  NodeIdentity identity;
  const auto number = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_number_unsigned()
      ? json[key].get<std::uint64_t>()
      : 0;
  };
  if (json.is_object() && json.contains("id") && json["id"].is_string())
    identity.id = json["id"].get<std::string>();
  if (identity.id.size() != id_digits)
    return fail(ErrorKind::invalid_json, path + " is damaged: it does not say who this node is.");
  identity.incarnation = number("incarnation") + 1;
  identity.epoch = number("epoch");
  if (json.contains("cluster") && json["cluster"].is_string())
    identity.cluster = json["cluster"].get<std::string>();
  if (json.contains("recovered_from") && json["recovered_from"].is_array())
    for (const auto& cluster : json["recovered_from"])
      if (cluster.is_string()) identity.recovered_from.push_back(cluster.get<std::string>());
  return identity;
}

Result<void> store_identity(const std::string& data, const NodeIdentity& identity) {
  nlohmann::ordered_json json{
    {"id", identity.id}, {"incarnation", identity.incarnation}, {"epoch", identity.epoch}};
  if (!identity.cluster.empty()) json["cluster"] = identity.cluster;
  if (!identity.recovered_from.empty()) json["recovered_from"] = identity.recovered_from;
  return write_replaced(data + "/node.json", json.dump(2) + "\n", 0600);
}

std::string machine_id() {
  return id_from("/etc/machine-id");
}

std::string boot_id() {
  return id_from("/proc/sys/kernel/random/boot_id");
}

} // namespace gateway
