// A connection that a proxy has made, on the loop: it begins with whom it is for.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "io/loop.hpp"
#include "sock/socket.hpp"
#include "wire/proxy_header.hpp"

namespace sock::wire {

// Reads the header and not a byte more.
class ProxyIntroduction {
 public:
  struct Outcome {
    Socket socket;
    std::optional<ProxiedEnds> ends;  // none: those of the connection count
    std::string error;                // "" where there was a header
  };
  using Done = std::function<void(Outcome)>;

  // A stream. `done` is called once, from the loop, and may destroy this.
  ProxyIntroduction(io::Loop&, Socket, io::Clock::time_point until, Done);

 private:
  bool on_ready();
  std::string read();
  void conclude(std::string error);

  Socket socket_;
  Done done_;
  ProxyHeaderReader header_;
  io::Watch watch_;
  io::Timer limit_;
};

}  // namespace sock::wire
