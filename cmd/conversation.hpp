// A conversation between standard input and output, or a command, and a peer: run it, judge it,
// say what has to be said.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cmd/console.hpp"
#include "cmd/exit.hpp"
#include "cmd/flags_data.hpp"
#include "cmd/secure.hpp"
#include "cmd/session.hpp"
#include "cmd/show.hpp"
#include "io/channel.hpp"
#include "io/relay.hpp"
#include "sock/socket.hpp"
#include "wire/tls_channel.hpp"
#include "wire/wrapped.hpp"

namespace sock::cmd {

// What there is to know of a conversation but its two ends.
struct Talk {
  DataPlan data;
  Limits limits;
  bool listening = false;                          // the peer came to us
  Show* show = nullptr;                            // borrowed
  io::Clock::time_point start = io::Clock::now();  // of the run, for its deadline
  Timeout socket_mode = {};                        // of the one that a command gets
  const Tls* tls = nullptr;                        // what is spoken over the connection; borrowed
  io::Clock::time_point attempt = start;           // to get the connection, for its --timeout
};

// The code, and what is to be said about it; nothing when it went well. Pure.
struct Verdict {
  Exit exit = Exit::done;
  std::string message;
};
Verdict judge(const io::RelayResult&, const std::string& peer, const Limits&);

// Says what judge() found; the exit code.
int conclude(const Console&, const io::RelayResult&, const std::string& peer, const Limits&);

// What broke a connection to `peer`: "connection to 192.0.2.1:80: reset by peer".
std::string explain_broken(const std::exception&, const std::string& peer);

// The exit code of that.
Exit exit_of_broken(const std::exception&) noexcept;

// "received 1048576 bytes, sent 20 bytes in 1.2s, 853 KiB/s and 17 B/s"
std::string summary(const io::Traffic&);

// Datagrams and the like: no end can be read from such a socket.
bool is_endless(const Socket&) noexcept;

// A connection and what it is called.
struct Connection {
  Socket socket;
  Address peer;  // of an unconnected datagram socket: whom it is to talk to
  std::string name;
  // Has the socket, where TLS was agreed on; or where that has begun, over datagrams.
  std::unique_ptr<wire::TlsChannel> secured = {}, greeted = {};
  std::optional<wire::Wrapping> wrapping = {};
  std::optional<Address> local = {};  // our end, where that is not the address of the socket
};

// A connection as one end. Throws UsageError for what this kind of socket cannot do.
std::unique_ptr<io::Channel> peer_channel(Connection, const DataPlan& = {});

// The same, and what is spoken over it: waits for a handshake. Throws TlsError, TimeoutError,
// Interrupted.
std::unique_ptr<io::Channel> peer_channel(Session&, Connection, const Talk&);

// Runs the relay to its end, or until the session ends: then it is stopped. `size`: of the input,
// where it is known.
io::RelayResult relay(Session&, const Console&, io::Channel& local, io::Channel& peer, const Talk&,
                      std::optional<std::uint64_t> size = {});

// Standard input and output and the peer; the exit code. Throws Interrupted.
int converse(Session&, const Console&, io::Channel& local, io::Channel& peer, const Talk&);

}  // namespace sock::cmd
