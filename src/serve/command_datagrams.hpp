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
  CommandDatagrams(Visit, DatagramPort&, Socket program, io::Child);
  void stop() noexcept override;
  void drain() override { finish("ended"); }

 private:
  void on_datagram(std::span<const std::byte>) override;
  void idle_too_long() override { finish("idle"); }
  bool on_ready(io::Ready);
  bool pass_on();
  // The program reads the end of its input. The session goes on until it has ended.
  void finish(const char* reason);

  Socket program_;  // our end of the pair
  io::Child child_;
  Outbox outbox_;  // to the program
  io::Watch watch_;
  const char* reason_ = "exited";
};

}  // namespace sock::serve
