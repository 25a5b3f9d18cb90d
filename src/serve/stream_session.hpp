// A session with a connection of its own, watched by the loop.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "io/loop.hpp"
#include "serve/brake.hpp"
#include "serve/sessions.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

// What one read came to.
struct Received {
  enum class Kind : std::uint8_t {
    bytes,
    end,
    blocked,
    error,
    cut,
    held,   // back, for now
    enough  // there is to be no more
  };
  Kind kind;
  std::size_t bytes = 0;  // of a record that was cut: all it had
  int error = 0;          // errno
};

// Never waits. `records`: each read gives one whole (SOCK_SEQPACKET).
Received receive(FdRef, std::span<std::byte>, bool records) noexcept;
// The bytes are dropped, where the kernel can without a copy; `scratch` is for where it cannot.
Received receive_and_drop(const Socket&, std::span<std::byte> scratch) noexcept;

class StreamSession : public Session {
 public:
  Counts counts() const noexcept override { return {received_, 0}; }

 protected:
  StreamSession(Visit, Socket, io::Interest);

  // Called by the loop; returns whether it got anywhere. May end the session.
  virtual bool on_ready(io::Ready) = 0;
  // The peer has sent all it will. May end the session; so does this one.
  virtual void on_end() { end("ended"); }

  // All bytes of the peer may be enough.
  virtual void on_enough() { end("enough"); }
  // They may be read again that were held back.
  virtual void on_release() { want(io::Interest::read); }

  // From now on what is read is limited, where the shape limits it.
  void limit_reading(const io::Shape&);
  bool held_back() const noexcept { return brake_ && brake_->holds(); }
  // Into the scratch room that all share.
  Received read();
  Received read_and_drop();
  // Neither counted nor held back.
  Received drop_unread() const noexcept { return receive_and_drop(socket_, scratch()); }
  // After a read that gave no bytes: ends the session, or lets on_end() do so, unless there was
  // just nothing to read. Returns whether it got anywhere.
  bool stopped_by(const Received&);

  FdRef socket() const noexcept { return socket_; }
  std::span<std::byte> scratch() const noexcept { return visit().sessions().scratch(); }
  void want(io::Interest interest) { watch_.set(interest); }

 private:
  Received count(Received) noexcept;
  Received read_braked();
  Socket socket_;
  io::Watch watch_;
  std::uint64_t received_ = 0;
  std::unique_ptr<Brake> brake_;
};

}  // namespace sock::serve
