#pragma once

#include "actors/node/options.hpp"
#include "net/base/result.hpp"

#include <memory>

namespace gateway {

/// One node: puts its parts together, starts them, drains and ends them in order.
/// Thread: the process's main thread; SIGTERM, SIGINT and SIGHUP must be blocked in all threads
/// before `start`.
class Node {
public:
  /// Returns when requests are served. Errors: what a person must mend, in words.
  static Result<std::unique_ptr<Node>> start(ServeOptions options);
  ~Node();

  /// SIGHUP: reads config and certificates again. Now and then, `was_asked` false: takes
  /// certificates that were exchanged without a word.
  void reload(bool was_asked);
  /// SIGTERM: stops accepting, finishes what runs, settles and writes everything.
  /// False where something could not be written, or the node had to stop.
  bool drain();
  /// It stops because it was removed from its cluster: it is to be started again, as a new node.
  bool begins_anew() const;

private:
  struct Inside;
  explicit Node(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

} // namespace gateway
