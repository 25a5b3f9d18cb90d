// A relay between two pipes and a connected pair of sockets, and what became of it.
#pragma once

#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "ends.hpp"
#include "io/relay.hpp"

namespace ends {

struct Conversation {
  explicit Conversation(Pair pair = sockets()) : far(std::move(pair.b)) {
    ::signal(SIGPIPE, SIG_IGN);  // as the command has it
    Pair in = pipe(), out = pipe();
    local_in = std::move(in.a);
    input = std::move(in.b);
    output = std::move(out.a);
    local_out = std::move(out.b);
    peer = sock::io::socket_channel(adopt(pair.a), "peer");
  }
  ~Conversation() { ::signal(SIGPIPE, SIG_DFL); }

  // `other`: instead of the pipes.
  void start(sock::io::RelayOptions options = {}, std::unique_ptr<sock::io::Channel> other = {}) {
    local = other ? std::move(other) : sock::io::stdio_channel(local_in, *local_out);
    relay = std::make_unique<sock::io::Relay>(loop, *local, *peer, options,
                                              [this](const sock::io::RelayResult& r) {
                                                result = r;
                                                ++calls;
                                                if (destroy_when_done) relay.reset();
                                                loop.stop();
                                              });
  }

  // Until it is over; afterwards only the test holds the ends.
  void run() {
    ends::run(loop);
    relay.reset();
    local.reset();
    peer.reset();
    local_out.reset();
  }

  sock::io::Loop loop;
  sock::Fd local_in;
  std::optional<sock::Fd> input, local_out;  // reset: closed
  sock::Fd output, far;
  std::unique_ptr<sock::io::Channel> local, peer;
  std::unique_ptr<sock::io::Relay> relay;
  std::optional<sock::io::RelayResult> result;
  int calls = 0;
  bool destroy_when_done = false;
};

}  // namespace ends
