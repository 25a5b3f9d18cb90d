// A handshake on the loop: nobody else waits for it.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/channel.hpp"
#include "io/loop.hpp"
#include "wire/tls_channel.hpp"

namespace sock::wire {

class TlsHandshake {
 public:
  struct Outcome {
    std::unique_ptr<TlsChannel> channel;  // null: see error
    TlsSession session;
    std::exception_ptr error;  // TlsError; TimeoutError when `until` has come
  };
  using Done = std::function<void(Outcome)>;

  // Starts at once. `done` is called once, from the loop, and may destroy this. The transport reads
  // and writes one descriptor. peer_name: see TlsChannel.
  TlsHandshake(io::Loop&, const TlsContext&, std::unique_ptr<io::Channel> transport,
               const std::string& peer_name, std::optional<io::Clock::time_point> until, Done);
  // The same with a channel that is there already.
  TlsHandshake(io::Loop&, std::unique_ptr<TlsChannel>, std::optional<io::Clock::time_point> until,
               Done);

 private:
  bool step();
  void resend_in_time();
  void conclude(std::exception_ptr error);

  io::Loop& loop_;
  Done done_;
  std::unique_ptr<TlsChannel> channel_;
  io::Interest interest_;
  io::Watch watch_;
  io::Timer start_, limit_, resend_;
};

}  // namespace sock::wire
