#pragma once

#include "net/base/result.hpp"
#include "net/base/time.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace gateway {

/// A copy of a file that lies in memory; gone with this object.
class FileInMemory {
public:
  /// Errors: internal.
  static Result<FileInMemory> holding(std::string_view text);

  FileInMemory(FileInMemory&& other) noexcept;
  FileInMemory& operator=(FileInMemory&&) = delete;
  ~FileInMemory();

  /// Where this process can open it.
  std::string path() const;

private:
  explicit FileInMemory(int descriptor) noexcept : descriptor_(descriptor) {}
  int descriptor_;
};

/// What a node shows other nodes, and what it believes them by. All files are copies of what was
/// checked, so that a file that is replaced or broken later stops nothing.
struct PeerCertificates {
  FileInMemory authority; // PEM: who signs the cluster's certificates
  FileInMemory chain;     // PEM: this node's certificate, and those between it and the authority
  FileInMemory key;       // PEM
  WallTime expires{};     // the first of this node's chain

  /// Reads `folder`/ca.pem, node.pem and node.key, and checks that the key is the certificate's,
  /// that the authority signed it, and that it is in force at `now`.
  /// Errors: invalid_value, naming the file, what is wrong with it and what to do.
  static Result<std::shared_ptr<const PeerCertificates>>
  load(const std::string& folder, WallTime now);
};

} // namespace gateway
