// The socket file of a Unix listener: replaced when dead, never when live, removed at the end.
#pragma once

#include <sys/types.h>

#include <string>

#include "sock/address.hpp"

namespace sock::wire {

// Before bind: removes the file at `path` if it is a socket that no process has open. Live ones,
// and files that are no sockets, are left: bind then says EADDRINUSE. A live listener does not
// notice that it was asked.
void remove_dead_socket(const std::string& path);

// Owns the file that bind made; removes it at the end if it is still the same one (device and
// inode). Abstract and unnamed addresses have no file.
class UnixFile {
 public:
  UnixFile() noexcept = default;
  explicit UnixFile(const Address& bound);
  UnixFile(UnixFile&&) noexcept;
  UnixFile& operator=(UnixFile&&) noexcept;
  ~UnixFile();
  void remove() noexcept;

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace sock::wire
