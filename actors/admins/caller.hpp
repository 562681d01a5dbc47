#pragma once

#include "actors/config/document.hpp"
#include "net/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// A signed-in session, as far as others than its owner may know it.
struct SessionFacts {
  std::string id; // random; says nothing without the signature that only the cookie has
  WallTime until{};
  std::string csrf; // what writes must carry as X-CSRF
};

/// A session that was signed out.
struct EndedSession {
  std::string id;
  WallTime until{}; // it would have lasted
};

/// Who asks under /admin/v1.
struct Caller {
  std::string name; // of the document's admins; `admin` for the node's own key
  AdminRole role = AdminRole::viewer;
  std::optional<SessionFacts> session; // none where a key was sent
};

/// "viewer", "operator", "admin".
constexpr std::string_view role_text(AdminRole role) noexcept {
  switch (role) {
  case AdminRole::viewer: return "viewer";
  case AdminRole::operator_: return "operator";
  case AdminRole::admin: return "admin";
  }
  return "viewer";
}

} // namespace gateway
