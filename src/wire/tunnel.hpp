// The way through proxies, on a connection to the first of them.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "sock/socket.hpp"
#include "sock/timeout.hpp"
#include "wire/exchange.hpp"
#include "wire/proxy.hpp"
#include "wire/socks.hpp"

namespace sock::wire {

// A proxy, and what it is asked for.
struct Leg {
  ProxyHop proxy;
  ProxyAddress target;
  SocksCommand command = SocksCommand::connect;
};

// "example.com:80", "[::1]:80".
std::string to_string(const ProxyAddress&);

// Asks one proxy after the other. Of what comes on the connection it takes the proxies' words and
// nothing else: the target's first bytes stay in the socket, which is as plain as if it had been
// connected straight.
class Tunnel {
 public:
  // An error, or the socket, or neither: a proxy wants to be asked again on another connection to
  // the first one, see run().
  using Done = std::function<void(std::exception_ptr, std::optional<Socket>)>;

  // Throws UsageError for what a proxy cannot be asked for. `done` is called from the loop, and may
  // destroy this. The error is a ProxyError, or TimeoutError when the deadline has passed.
  Tunnel(io::Loop&, std::vector<Leg>, const Deadline&, io::Observer&, Done done);

  // Begins on a new connection to the first proxy.
  void run(Socket);

  // Of a proxy of SOCKS 5 at the end of the way: its end of what it was asked for.
  const std::optional<ProxyAddress>& bound() const noexcept { return bound_; }

 private:
  std::unique_ptr<Exchange> exchange_for(const Leg&) const;
  std::string subject() const;
  void begin_stage();
  bool on_ready();
  bool advance();
  bool take_input();
  [[noreturn]] void throw_ended(const std::string& how) const;
  template <class Call>
  auto on_socket(Call) const;
  void finish_stage();
  void time_up();
  void end(std::exception_ptr);

  io::Loop& loop_;
  io::Observer& observer_;
  const std::vector<Leg> legs_;
  Done done_;
  // Of each proxy; one that wants another connection goes on there.
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::size_t current_ = 0;
  io::Clock::time_point asked_;  // the current one
  std::string output_;           // that it has still to be sent
  std::optional<ProxyAddress> bound_;
  std::optional<Socket> socket_;
  io::Watch watch_;
  io::Timer limit_;
};

}  // namespace sock::wire
