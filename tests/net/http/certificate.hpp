#pragma once

#include <string>

namespace gateway::testing {

/// A key and a certificate that it signed itself, PEM.
struct Certificate {
  std::string cert_pem;
  std::string key_pem;
};

/// For that common name and `localhost`, good for a day.
Certificate make_certificate(const std::string& name);

} // namespace gateway::testing
