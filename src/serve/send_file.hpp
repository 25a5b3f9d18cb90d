// Every peer gets a file, from its beginning.
#pragma once

#include <string>

#include "serve/mode.hpp"
#include "sock/fd.hpp"

namespace sock::serve {

// One descriptor for all: each session reads at a place of its own. What a peer sends is dropped.
class SendFile : public Mode {
 public:
  // Throws Error: no such file, or none that has places to read at (ESPIPE).
  explicit SendFile(const std::string& path);
  std::unique_ptr<Session> serve(Visit, Socket) override;

 private:
  std::string path_;
  Fd file_;
};

}  // namespace sock::serve
