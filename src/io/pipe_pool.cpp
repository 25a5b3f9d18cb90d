#include "io/pipe_pool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace sock::io {

namespace {

constexpr std::size_t most_idle = 4;

}  // namespace

void enlarge_pipe(FdRef fd) noexcept {
  // 1 MiB is the most an ordinary user may set (fs.pipe-max-size); less once 64 MiB of that user's
  // are in use (fs.pipe-user-pages-soft).
  for (const int size : {1024 * 1024, 256 * 1024})
    if (::fcntl(fd.get(), F_SETPIPE_SZ, size) >= 0) return;
}

PipePool& PipePool::instance() {
  static thread_local PipePool pool;
  return pool;
}

Pipe PipePool::take() noexcept {
  if (!idle_.empty()) {
    Pipe pipe = std::move(idle_.back());
    idle_.pop_back();
    return pipe;
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return {};
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  enlarge_pipe(pipe.writer);
  return pipe;
}

void PipePool::give(Pipe pipe) noexcept {
  if (idle_.size() >= most_idle) return;
  idle_.reserve(most_idle);
  idle_.push_back(std::move(pipe));
}

}  // namespace sock::io
