#include "wire/proxy_introduction.hpp"

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "sock/error.hpp"

namespace sock::wire {

ProxyIntroduction::ProxyIntroduction(io::Loop& loop, Socket socket, io::Clock::time_point until,
                                     Done done)
    : socket_(std::move(socket)),
      done_(std::move(done)),
      watch_(loop.watch(socket_, io::Interest::read, "PROXY header",
                        [this](io::Ready) { return on_ready(); })),
      limit_(loop.at(until, [this] { conclude("its PROXY header did not come in time"); })) {}

// Whatever makes it ready is read: it always gets on.
bool ProxyIntroduction::on_ready() {
  std::string error;
  try {
    error = read();
  } catch (const Error& e) {
    error = "its PROXY header could not be read: " + e.code().message();
  }
  if (!error.empty() || header_.state() == Exchange::State::done) conclude(std::move(error));
  return true;
}

// What follows the header is left in the socket: bytes are looked at first, and taken when it is
// known that they are of the header.
std::string ProxyIntroduction::read() {
  std::array<std::byte, 4096> room;
  const auto seen = socket_.try_recv(room, MSG_PEEK);
  if (!seen) return {};
  if (*seen == 0) return "it has ended before its PROXY header";
  header_.feed({reinterpret_cast<const char*>(room.data()), *seen});
  if (header_.state() == Exchange::State::failed) return header_.error();
  const bool whole = header_.state() == Exchange::State::done;
  const std::size_t beyond = whole ? header_.take_leftover().size() : 0;
  (void)socket_.try_recv(std::span(room).first(*seen - beyond));
  return {};
}

// The last thing its callers do: `done` may destroy this.
void ProxyIntroduction::conclude(std::string error) {
  watch_ = io::Watch();
  limit_ = io::Timer();
  const Done done = std::exchange(done_, nullptr);
  done({std::move(socket_), header_.ends(), std::move(error)});
}

}  // namespace sock::wire
