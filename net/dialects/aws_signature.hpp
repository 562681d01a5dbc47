#pragma once

#include "net/dialects/dialect.hpp"

#include <string_view>

namespace gateway {

/// Who signs, and what for.
struct AwsSigning {
  const SigningKeys& keys;
  std::string_view host; // as the request's head names it
  std::string_view region;
  std::string_view service;
  WallTime now;
};

/// Signs a request to AWS that is complete but for its signature: adds `x-amz-date`,
/// `x-amz-security-token` where there is one, and `authorization`. Covered are the path, the body,
/// the host, the content type and every `x-amz-` header; a later change makes AWS refuse it. The
/// path has no query. Source: AWS Signature Version 4; providers/bedrock.md, section 8.
void sign_aws(OutgoingRequest& request, const AwsSigning& signing);

} // namespace gateway
