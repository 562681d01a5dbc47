#include "actors/node/usage_command.hpp"

#include "persistence/usage_query.hpp"

#include <map>
#include <ostream>
#include <string>

namespace gateway {
namespace {

constexpr std::string_view help =
  R"(llm-gateway usage: totals from a data folder, without a running node

  --data DIR       the JSON store (default LLM_GATEWAY_DATA, else ./data)
  --last TIME      hours or days: 24h (default), 30d
  --by DIMENSIONS  provider,model,key,node,route,team in any combination (default provider,model)
  --json           as JSON instead of a table
)";

} // namespace

int run_usage(
  std::span<const std::string_view> args,
  const Environment& environment,
  std::ostream& out,
  std::ostream& problems) {
  constexpr int misused = 2;
  std::map<std::string_view, std::string> values{
    {"--data", environment("LLM_GATEWAY_DATA").value_or("./data")},
    {"--last", ""},
    {"--by", "provider,model"}};
  bool json = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto equals = args[i].find('=');
    const auto name = args[i].substr(0, equals);
    if (name == "--json") {
      json = true;
    } else if (name == "--help") {
      out << help;
      return 0;
    } else if (const auto known = values.find(name); known == values.end()) {
      problems << "usage has no option " << name << "\n" << help;
      return misused;
    } else if (equals != name.npos) {
      known->second = args[i].substr(equals + 1);
    } else if (++i < args.size()) {
      known->second = args[i];
    } else {
      problems << name << " needs a value\n";
      return misused;
    }
  }
  const auto query = read_usage_query(values["--last"], values["--by"]);
  if (!query) {
    problems << query.error().message << "\n";
    return misused;
  }
  const auto answer = usage_from_folder(values["--data"], *query, wall_now());
  if (!answer) {
    problems << answer.error().message << "\n";
    return 1;
  }
  out << (json ? render_usage_json(*answer) + "\n" : render_usage_table(*answer));
  return 0;
}

} // namespace gateway
