// A peer of a datagram socket and the program that it has for itself.
#pragma once

#include <memory>

#include "io/child.hpp"
#include "io/filter.hpp"
#include "io/shape.hpp"
#include "serve/datagrams.hpp"
#include "serve/outbox.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

class CommandDatagrams final : public DatagramSession {
 public:
  // The program's input is a stream; its output keeps messages, unless the framing tells them apart
  // in it.
  CommandDatagrams(Visit, DatagramPort&, Socket input, Socket output, io::Child,
                   const io::Framing&);
  void stop() noexcept override;
  void drain() override { finish("ended"); }

 private:
  void on_datagram(std::span<const std::byte>) override;
  void idle_too_long() override { finish("idle"); }
  bool on_input_ready();
  bool on_output_ready(io::Ready);
  bool pass_on();
  void pass_on_rest();
  void send_split();
  // The program reads the end of its input. The session goes on until it has ended.
  void finish(const char* reason);

  Socket input_, output_;
  io::Child child_;
  std::unique_ptr<io::Filter> join_;   // null: the program reads them one behind the other
  std::unique_ptr<io::Filter> split_;  // null: what it writes at once is a datagram
  Outbox outbox_;                      // to the program
  io::Watch input_watch_;              // while something waits in it
  io::Watch output_watch_;
  bool finishing_ = false;
  const char* reason_ = "exited";
};

}  // namespace sock::serve
