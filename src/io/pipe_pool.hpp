// Pipes to splice through: taken while bytes are in transit, given back when empty.
#pragma once

#include <cstddef>
#include <vector>

#include "sock/fd.hpp"

namespace sock::io {

struct Pipe {
  Fd reader;
  Fd writer;
};

// Makes a pipe 1 MiB large, or as large as this user may (fcntl(2), F_SETPIPE_SZ).
void enlarge_pipe(FdRef) noexcept;

class PipePool {
 public:
  static PipePool& instance();  // of this thread

  // A non-blocking, enlarged pipe without a byte in it; empty descriptors when none can be had.
  Pipe take() noexcept;
  // Only pipes that are empty; a few are kept for the next.
  void give(Pipe) noexcept;
  // Closes those that are kept.
  void clear() noexcept { idle_.clear(); }

 private:
  std::vector<Pipe> idle_;
};

}  // namespace sock::io
