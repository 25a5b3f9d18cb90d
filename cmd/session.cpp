#include "cmd/session.hpp"

#include "cmd/exit.hpp"

namespace sock::cmd {

Session::Session()
    : signals_(loop_, {SIGINT, SIGTERM, SIGHUP}, [this](int signal) {
        signal_ = signal;
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
