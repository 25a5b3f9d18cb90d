// What the run is at, for whoever asks by SIGUSR1 before there is a conversation to tell of.
#pragma once

#include <string_view>

#include "io/observer.hpp"

namespace sock::cmd {

// A look-up or a connect that blocks has no loop of which the signal could be an event, and to make
// one would cost every start: a handler answers, which may do no more than write what is kept here.
class Phase {
 public:
  // From now on SIGUSR1 does not end the process but is answered on standard error; where it is
  // ignored it stays so. One system call.
  static void answer_signal() noexcept;
  // "connecting to 192.0.2.1:80"; made printable, and cut where it is long. For one thread.
  static void begin(std::string_view what);
  // Of what so many are counted: "attempt", "answer"; a literal. Then one more of them.
  static void count_as(const char* what) noexcept;
  static void count() noexcept;
  // Standard error is for something else.
  static void be_silent() noexcept;

  // "still connecting to 192.0.2.1:80, attempt 2, after 3.2s"
  static void say() noexcept;
};

// Keeps it up to date.
struct PhaseWatch : io::Observer {
  void resolving(std::string_view name) override;
  void attempt(std::string_view address) override;
  void retrying(std::string_view target, const std::exception_ptr&,
                std::chrono::nanoseconds) override;
  void connected(const Socket&, std::string_view address, std::chrono::nanoseconds) override;
  void listening(const Socket&, std::string_view address) override;
  void started(const io::Program&) override;
};

}  // namespace sock::cmd
