// A pseudo-terminal, to see what a program does at one.
#pragma once

#include <string>
#include <string_view>

#include "sock/fd.hpp"

namespace support {

class Pty {
 public:
  Pty();  // 80 columns, 24 lines
  // The path of the program's side: Input::terminal(path()), Output::file(path()).
  const std::string& path() const noexcept { return path_; }
  // What a person types; "\x04" is Ctrl-D, "\x03" Ctrl-C.
  void type(std::string_view);
  // All that the program has shown, once `text` is in it. Throws std::runtime_error after 20 s.
  std::string wait_for(std::string_view text);

 private:
  sock::Fd master_, slave_;  // the slave is kept, so that the master never reads an error
  std::string path_, seen_;
};

}  // namespace support
