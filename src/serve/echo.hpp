// Every peer gets back what it sends.
#pragma once

#include "io/shape.hpp"
#include "serve/brake.hpp"
#include "serve/mode.hpp"

namespace sock::serve {

class Echo : public Mode {
 public:
  // `shape`: how fast connections are read from, and when they have sent enough.
  explicit Echo(const io::Shape& shape = {}) : shape_(shape) {}

  std::unique_ptr<Session> serve(Visit, Socket) override;
  bool takes_channels() const noexcept override { return !Brake::needed(shape_); }
  std::unique_ptr<Session> serve(Visit, io::Channel&) override;
  bool takes_datagrams() const noexcept override { return true; }
  std::unique_ptr<DatagramSession> serve(Visit, DatagramPort&) override;

 private:
  const io::Shape shape_;
};

}  // namespace sock::serve
