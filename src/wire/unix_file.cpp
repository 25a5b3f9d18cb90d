#include "wire/unix_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sock/socket.hpp"

namespace sock::wire {

void remove_dead_socket(const std::string& path) {
  struct stat file;
  if (::lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return;
  // A datagram socket asks without being noticed: where there is a stream listener the kernel says
  // EPROTOTYPE and makes no connection, and ECONNREFUSED only where no socket is behind the file,
  // so that one which is bound but does not listen yet counts as live.
  Socket probe(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
  if (probe.connect_ex(Address::unix_(path)) == ECONNREFUSED) ::unlink(path.c_str());
}

UnixFile::UnixFile(const Address& bound) {
  if (bound.family() != AF_UNIX) return;
  const std::string path(bound.path());
  struct stat file;
  // An abstract name begins with NUL: the system sees "", which is no file.
  if (::lstat(path.c_str(), &file) != 0) return;
  path_ = path;
  device_ = file.st_dev;
  inode_ = file.st_ino;
}

UnixFile::UnixFile(UnixFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

UnixFile& UnixFile::operator=(UnixFile&& other) noexcept {
  if (this == &other) return *this;
  remove();
  path_ = std::exchange(other.path_, {});
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

UnixFile::~UnixFile() { remove(); }

void UnixFile::remove() noexcept {
  if (path_.empty()) return;
  struct stat file;
  const bool ours =
      ::lstat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_;
  if (ours) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace sock::wire
