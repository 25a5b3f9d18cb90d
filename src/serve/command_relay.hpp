// A connection and the program that it has for itself, where the bytes between the two pass here.
#pragma once

#include <csignal>
#include <optional>
#include <string>

#include "io/child.hpp"
#include "io/relay.hpp"
#include "serve/session.hpp"
#include "sock/socket.hpp"
#include "wire/program_channel.hpp"

namespace sock::serve {

// Over when the bytes have stopped and the program has ended. One whose connection was idle for too
// long, or broke, is ended.
class CommandRelay final : public Session {
 public:
  // `program`: our end of the pair whose other end is the program's input and output.
  CommandRelay(Visit, Socket peer, Socket program, io::Child, const io::RelayOptions&);
  Counts counts() const noexcept override;
  void stop() noexcept override { child_.kill(SIGTERM); }

 private:
  void over(const io::RelayResult&);
  void exited(const io::ExitStatus&);
  void finish();

  io::Child child_;
  std::optional<wire::EndableChannel> peer_;
  std::optional<wire::ProgramChannel> program_;
  std::optional<io::Relay> relay_;
  Counts counts_;  // when that is over
  std::string reason_ = "exited", detail_;
  std::optional<io::ExitStatus> status_;
  io::Timer patience_;
};

}  // namespace sock::serve
