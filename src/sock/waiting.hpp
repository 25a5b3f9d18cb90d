// The one waiting rule, which every call that can wait goes through. Not installed.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>

#include "sock/error.hpp"
#include "sock/timeout.hpp"

namespace sock {
class Address;
}

namespace sock::detail {

// A deadline whose clock is first read when somebody has to wait.
class Patience {
 public:
  // `peer`: whom errors are to name, where the call itself says it.
  explicit Patience(Timeout timeout, const Address* peer = nullptr) noexcept
      : timeout_(timeout), peer_(peer) {}
  bool timed() const noexcept { return timeout_.timed(); }
  const Deadline& deadline() {
    if (!deadline_) deadline_.emplace(timeout_);
    return *deadline_;
  }
  // Somebody has waited, and it is past the deadline.
  bool over() const { return deadline_ && deadline_->passed(); }
  const Address* peer() const noexcept { return peer_; }

 private:
  Timeout timeout_;
  const Address* peer_;
  std::optional<Deadline> deadline_;
};

// Asks the interrupt handler after EINTR or a partial send; throws InterruptedError when it says
// stop.
void after_signal(int fd, const char* operation, std::size_t transferred = 0,
                  const Address* peer = nullptr);

// poll(2) until one of the events, an error or a hang-up shows, or the deadline passes (false).
// Interruptions are after_signal's.
bool wait_ready(int fd, short events, const Deadline&, const char* operation,
                std::size_t transferred = 0, const Address* peer = nullptr);

// What an error is about: the peer's address (as given, or as the kernel knows it), else our own,
// else "fd 3".
std::string subject_of(int fd, const Address* peer = nullptr);

// Puts `err`, the errno of a failed call, through the rule. Returns when the call is to be made
// again; throws what the caller is to see otherwise.
void wait_after(int err, int fd, short events, Patience&, const char* operation,
                std::size_t transferred = 0);

// Makes a call (flags to add -> result, errno) until it succeeds or the rule ends it. In timed mode
// it is tried first, with MSG_DONTWAIT, so that a call that need not wait costs one system call and
// another holder of the descriptor that made it blocking again does no harm.
// `err`: the errno of a first try the caller has made already, else 0.
template <class Call>
std::size_t call_waiting(int fd, short events, Patience& patience, const char* operation, Call call,
                         int err = 0, std::size_t transferred = 0) {
  const int extra = patience.timed() ? MSG_DONTWAIT : 0;
  for (;;) {
    if (err == 0) {
      const ssize_t n = call(extra);
      if (n >= 0) return static_cast<std::size_t>(n);
      err = errno;
    }
    wait_after(err, fd, events, patience, operation, transferred);
    err = 0;
  }
}

}  // namespace sock::detail
