// The other end of a connection, played step by step from a script.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sock/fd.hpp"

namespace support {

class Peer;
using Step = std::function<void(Peer&)>;

// Plays its script in a thread, on one TCP connection of 127.0.0.1. Every wait is bounded (20 s).
// What goes wrong is thrown by finish(). Between its last step and finish() it stays connected.
class Peer {
 public:
  // Listens, takes one connection, and plays.
  static std::unique_ptr<Peer> server(std::vector<Step> script);
  // Connects, and plays.
  static std::unique_ptr<Peer> client(std::uint16_t port, std::vector<Step> script);
  ~Peer();

  std::uint16_t port() const noexcept { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // Lets it go on from a stall(); may come before it.
  void proceed();
  // Waits for the end of the script, closes, and returns all that was read.
  std::string finish();
  // Waits until so many bytes were read.
  void wait_for_bytes(std::size_t);

 private:
  friend struct Steps;
  Peer(sock::Fd, std::uint16_t port, bool listening, std::vector<Step>);
  void play(bool listening, const std::vector<Step>&);
  void note(std::string_view);

  sock::Fd socket_;
  std::uint16_t port_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string received_;
  int proceeds_ = 0;
  bool over_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

struct Steps {
  static Step read(std::size_t bytes);  // exactly so many
  static Step read_to_end();
  static Step read_slowly(std::size_t bytes);  // a byte at a time, into a small receive buffer
  static Step write(std::string_view);
  static Step write_until_refused();  // until the other end takes no more
  static Step half_close();           // no more from this side
  static Step close();                // both sides
  static Step reset();                // RST
  static Step stall();                // until proceed()
  // Watches for so long; told: whether bytes or the end came in that time.
  static Step quiet(std::chrono::milliseconds, bool& told);
  static Step pause(std::chrono::milliseconds);  // the behaviour of a slow peer
};

// A port that was free a moment ago, for programs that cannot listen on port 0 and say which it is.
std::uint16_t free_port();

// A port of 127.0.0.1 on which nobody listens: bound, and held, until it is destroyed.
class ClosedPort {
 public:
  ClosedPort();
  std::uint16_t port() const noexcept { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  sock::Fd socket_;
  std::uint16_t port_;
};

// A port of 127.0.0.1 that answers no attempt to connect: its queue is full and stays so.
class FullListener {
 public:
  FullListener();
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  sock::Fd socket_;
  std::uint16_t port_;
  std::vector<sock::Fd> queue_;
};

}  // namespace support
