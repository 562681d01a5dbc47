#include "net/http/error_answer.hpp"

#include "net/base/json_text.hpp"

namespace gateway {

std::string error_answer(ErrorKind kind, std::string_view message) {
  std::string body = R"({"error":{"message":)";
  append_json_string(body, message);
  body += R"(,"type":)";
  append_json_string(body, type_text(kind));
  body += R"(,"param":null,"code":)";
  append_json_string(body, code_text(kind));
  body += "}}";
  return body;
}

} // namespace gateway
