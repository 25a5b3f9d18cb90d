#include "io/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sock/error.hpp"

namespace sock::io {

Signals::Signals(Loop& loop, std::initializer_list<int> signals,
                 std::function<void(Signal)> callback) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);

  fd_ = Fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd_) {
    const int err = errno;
    throw_errno(err, "signalfd");
  }
  // One signal a call, for the callback may destroy this object.
  watch_ = loop.watch(fd_, Interest::read, "signals",
                      [fd = fd_.get(), callback = std::move(callback)](Ready) {
                        signalfd_siginfo info{};
                        if (::read(fd, &info, sizeof info) != sizeof info) return false;
                        callback({static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL});
                        return true;
                      });
  // Last: from here on nothing fails, so the destructor will put it back.
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
}

Signals::~Signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void die_by(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

}  // namespace sock::io
