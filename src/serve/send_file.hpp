// Every peer gets a file, from its beginning.
#pragma once

#include <string>

#include "io/shape.hpp"
#include "serve/mode.hpp"
#include "sock/fd.hpp"

namespace sock::serve {

// One descriptor for all: each session reads at a place of its own. What a peer sends is dropped.
class SendFile : public Mode {
 public:
  // Throws Error: no such file, or none that has places to read at (ESPIPE).
  // `shape`: how fast each peer gets it, and how much of it.
  explicit SendFile(const std::string& path, const io::Shape& shape = {});
  std::unique_ptr<Session> serve(Visit, Socket) override;
  bool wants_input() const noexcept override { return false; }

 private:
  std::string path_;
  Fd file_;
  const io::Shape shape_;
};

}  // namespace sock::serve
