// Calls from other threads that a loop makes in its own.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "io/loop.hpp"
#include "sock/fd.hpp"

namespace sock::io {

class Mailbox {
 public:
  // Made and destroyed in the loop's thread, or while that does not run. Keeps the loop turning.
  explicit Mailbox(Loop&);

  // From any thread: the loop calls it in one of its next turns, in the order of the posts.
  void post(std::function<void()>);

 private:
  bool on_readable();
  Fd event_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
  Watch watch_;
};

}  // namespace sock::io
