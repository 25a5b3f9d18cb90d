#include "cmd/session.hpp"

#include <csignal>

#include "cmd/exit.hpp"
#include "cmd/phase.hpp"

namespace sock::cmd {
namespace {

// As nohup(1) and shells' background jobs leave it: then it does not end this run either. A blocked
// signal comes through signalfd(2) all the same.
bool is_ignored(int signal) noexcept {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Session::Session()
    : signals_(loop_, {SIGINT, SIGTERM, SIGHUP, SIGUSR1}, [this](io::Signal signal) {
        if (is_ignored(signal.number)) return;
        if (signal.number == SIGUSR1) {
          return answer_ ? answer_() : Phase::say();
        }
        signal_ = signal.number;
        if (handler_) {
          handler_(signal);
        } else {
          loop_.stop();
        }
      }) {}

void Session::check() const {
  if (signal_ != 0) throw Interrupted{signal_};
}

}  // namespace sock::cmd
