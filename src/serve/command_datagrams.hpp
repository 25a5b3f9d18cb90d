// A peer of a datagram socket and the program that it has for itself.
#pragma once

#include <string>

#include "io/child.hpp"
#include "serve/datagrams.hpp"
#include "serve/outbox.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

class CommandDatagrams final : public DatagramSession {
 public:
  // The program's input is a stream; its output keeps messages.
  CommandDatagrams(Visit, DatagramPort&, Socket input, Socket output, io::Child);
  void stop() noexcept override;
  void drain() override { finish("ended"); }

 private:
  void on_datagram(std::span<const std::byte>) override;
  void idle_too_long() override { finish("idle"); }
  bool on_input_ready();
  bool on_output_ready(io::Ready);
  bool pass_on();
  // The program reads the end of its input. The session goes on until it has ended.
  void finish(const char* reason);

  Socket input_, output_;
  io::Child child_;
  Outbox outbox_;          // to the program
  io::Watch input_watch_;  // while something waits in it
  io::Watch output_watch_;
  bool finishing_ = false;
  const char* reason_ = "exited";
};

}  // namespace sock::serve
