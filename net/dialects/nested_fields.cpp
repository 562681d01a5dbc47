#include "net/dialects/nested_fields.hpp"

#include "net/dialects/splice.hpp"
#include "net/unified/json_cursor.hpp"

#include <algorithm>

namespace gateway {

std::vector<BodyField> take_fields(JsonCursor& cursor, std::size_t offset) {
  std::vector<BodyField> fields;
  cursor.object([&](std::string_view name) {
    const auto begin = cursor.name_begin();
    const auto value_begin = cursor.begin();
    if (!cursor.skip()) return false;
    fields.push_back({name, begin + offset, value_begin + offset, cursor.end() + offset});
    return true;
  });
  return fields;
}

void rewrite_developers(std::string_view messages, std::size_t offset, Splice& splice) {
  auto cursor = JsonTokens::of_this_thread().read(messages);
  cursor.array([&] {
    return cursor.object([&](std::string_view name) {
      const auto begin = cursor.begin();
      std::string_view role;
      if (!cursor.skip(role)) return false;
      const bool is_developer = name == "role" && role.starts_with('"')
        && unescape_json(role.substr(1, role.size() - 2)) == "developer";
      if (is_developer) splice.replace(begin + offset, cursor.end() + offset, R"("system")");
      return true;
    });
  });
}

bool cut_nested(
  std::string_view value,
  std::size_t offset,
  bool in_array,
  std::string_view name,
  Splice& splice) {
  auto cursor = JsonTokens::of_this_thread().read(value);
  bool any = false;
  const auto cut_in_object = [&] {
    if (cursor.peek() != '{') return cursor.skip();
    const auto fields = take_fields(cursor, offset);
    boost::container::small_vector<bool, 16> is_cut;
    for (const auto& field : fields) is_cut.push_back(field.name == name);
    any = any || std::ranges::find(is_cut, true) != is_cut.end();
    splice.cut(fields, is_cut);
    return cursor.fault() == JsonFault::none;
  };
  if (!in_array)
    cut_in_object();
  else if (cursor.peek() == '[')
    cursor.array(cut_in_object);
  return any;
}

} // namespace gateway
