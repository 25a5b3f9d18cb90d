// Two ends that are joined: what is written to one is read from the other.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "io/channel.hpp"
#include "io/pipe_pool.hpp"
#include "sock/socket.hpp"

namespace sock::io {

// A socket, or of two pipes the reader of one and the writer of the other.
using End = std::variant<Socket, Pipe>;

// Blocking. AF_UNIX: socketpair(2). AF_INET, AF_INET6: stream or datagram sockets that are
// connected to each other on the loopback interface, TCP without Nagle's delay; nobody else's
// connection or datagram gets in between. Throws Error.
std::pair<End, End> socket_ends(int family, int type);
// Blocking. Throws Error.
std::pair<End, End> pipe_ends();

FdRef reader(const End&) noexcept;
FdRef writer(const End&) noexcept;  // the same of a socket

// How much may wait between the ends, each way; has to be done with both. As much as the system
// allows: returns what it is, in bytes, at least `bytes` where that is allowed. Throws Error.
std::size_t enlarge_end(const End&, std::size_t bytes);

// Two pipes, which it owns: one to read from, one to write to. Finishing closes the latter. SIGPIPE
// must be ignored: a pipe without a reader is an Error (EPIPE).
std::unique_ptr<Channel> pipe_channel(Pipe, std::string name);
// A socket's is a socket_channel or a datagram_channel.
std::unique_ptr<Channel> end_channel(End, std::string name);

}  // namespace sock::io
