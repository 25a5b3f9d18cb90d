// A conversation between standard input and output, or a command, and a peer: run it, judge it,
// say what has to be said.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cmd/console.hpp"
#include "cmd/exit.hpp"
#include "cmd/flags_data.hpp"
#include "cmd/secure.hpp"
#include "cmd/session.hpp"
#include "io/channel.hpp"
#include "io/relay.hpp"
#include "sock/socket.hpp"

namespace sock::cmd {

// What there is to know of a conversation but its two ends.
struct Talk {
  DataPlan data;
  Limits limits;
  bool listening = false;                          // the peer came to us
  io::Clock::time_point start = io::Clock::now();  // of the run, for its deadline
  const Tls* tls = nullptr;                        // what is spoken over the connection
};

// The code, and what is to be said about it; nothing when it went well. Pure.
struct Verdict {
  Exit exit = Exit::done;
  std::string message;
};
Verdict judge(const io::RelayResult&, const std::string& peer, const Limits&);

// "received 1048576 bytes, sent 20 bytes in 1.2s"
std::string summary(const io::RelayResult&, std::chrono::nanoseconds);

// Datagrams and the like: no end can be read from such a socket.
bool is_endless(const Socket&) noexcept;

// A connected socket as one end; an unconnected datagram socket with the peer it is to talk to.
std::unique_ptr<io::Channel> peer_channel(Socket, const Address& peer, std::string name);

// The same, and what is spoken over it: waits for a handshake. Throws Interrupted, TlsError.
std::unique_ptr<io::Channel> peer_channel(Session&, const Console&, Socket, const Address& peer,
                                          std::string name, const Talk&);

// Runs the relay to its end, or until the session ends: then it is stopped.
io::RelayResult relay(Session&, const Console&, io::Channel& local, io::Channel& peer, const Talk&);

// Standard input and output (or copies of them) and the peer; the exit code. Throws Interrupted.
int converse(Session&, const Console&, io::Channel& peer, const Talk&, FdRef in = FdRef(0),
             FdRef out = FdRef(1));

}  // namespace sock::cmd
