// Where events, dumps and records go: a file, a descriptor, or standard error.
#pragma once

#include <string>
#include <string_view>

#include "cmd/console.hpp"
#include "sock/fd.hpp"

namespace sock::cmd {

class Sink {
 public:
  // A file, written anew. Throws Error.
  static Sink file(const std::string& path);
  // An inherited descriptor, which is borrowed. Throws Error when it is not open.
  static Sink descriptor(int fd);
  // Standard error; that it cannot be written is nobody's to hear. The console is borrowed.
  static Sink talk(const Console& console) { return Sink(console); }

  // All of it, as it is, at once. Throws Error.
  void write(std::string_view) const;

 private:
  explicit Sink(const Console& console) noexcept : console_(&console) {}
  Sink(Fd own, FdRef fd, std::string name) noexcept
      : own_(std::move(own)), fd_(fd), name_(std::move(name)) {}

  const Console* console_ = nullptr;
  Fd own_;
  FdRef fd_{-1};
  std::string name_;
};

}  // namespace sock::cmd
