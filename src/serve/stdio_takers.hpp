// The peers of standard input and output.
#pragma once

#include <cstddef>

#include "io/ending.hpp"
#include "serve/datagrams.hpp"
#include "serve/outbox.hpp"
#include "serve/stdio.hpp"
#include "serve/stream_session.hpp"

namespace sock::serve {

// Who gets the input.
class Stdio::Taker {
 public:
  explicit Taker(Stdio& stdio) : stdio_(stdio) { stdio_.takers_.push_back(this); }
  virtual ~Taker();

  virtual bool hungry() const noexcept = 0;  // takes more of the input at once
  virtual void take(const Chunk&) = 0;
  virtual void input_over() = 0;
  virtual void output_free() {}
  // Of what it sent so many bytes could not be kept for the output.
  virtual void lost(std::size_t bytes) const = 0;

 protected:
  Stdio& stdio() const noexcept { return stdio_; }

 private:
  Stdio& stdio_;
};

class Stdio::Connection final : public StreamSession, public Taker {
 public:
  Connection(Visit, Socket, Stdio&);
  Counts counts() const noexcept override;

  bool hungry() const noexcept override { return taking_ && outbox_.empty(); }
  void take(const Chunk&) override;
  void input_over() override;
  void output_free() override;
  void lost(std::size_t) const override;

 private:
  bool on_ready(io::Ready) override;
  void on_end() override;
  void on_release() override { arm(); }
  // false: the session is over.
  bool flush(bool& progress);
  bool put_out(bool& progress);
  bool apply(const io::EndActions&);
  bool in_over();
  bool gone(int error, const char* operation);
  void arm();

  io::Ending ending_;
  Outbox outbox_;
  io::Timer linger_;
  bool taking_ = true;       // more of the input
  bool finishing_ = false;   // the peer is told of the end when all is sent
  bool peer_ended_ = false;  // it sends no more
  bool in_over_ = false;     // and all of it was written
};

class Stdio::Datagrams final : public DatagramSession, public Taker {
 public:
  Datagrams(Visit, DatagramPort&, Stdio&);

  bool hungry() const noexcept override { return true; }
  void take(const Chunk&) override;
  void input_over() override {}
  void lost(std::size_t bytes) const override;

 private:
  void on_datagram(std::span<const std::byte>) override;
};

}  // namespace sock::serve
