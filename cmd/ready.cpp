#include "cmd/ready.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "sock/error.hpp"
#include "sock/fd.hpp"

namespace sock::cmd {
namespace {

void write_all(FdRef fd, std::string_view text, const std::string& subject) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd.get(), text.data(), text.size());
    const int err = errno;
    if (n < 0 && err != EINTR) throw_errno(err, "write", subject);
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void check_open(int fd) {
  if (::fcntl(fd, F_GETFD) >= 0) return;
  const int err = errno;
  throw_errno(err, "open", "fd " + std::to_string(fd));
}

void make_file(const std::string& path, const std::string& text) {
  const std::string fresh = path + '.' + std::to_string(::getpid());
  const Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file) {
    const int err = errno;
    throw_errno(err, "open", fresh);
  }
  write_all(file, text, fresh);
  if (::rename(fresh.c_str(), path.c_str()) == 0) return;
  const int err = errno;
  ::unlink(fresh.c_str());
  throw_errno(err, "rename", path);
}

std::string take_from_environment(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value != nullptr ? value : "";
  ::unsetenv(name);
  return taken;
}

// None where nobody listens: then nobody waits for it.
std::optional<Socket> open_notified() try {
  std::string path = take_from_environment("NOTIFY_SOCKET");
  if (path.empty()) return std::nullopt;
  if (path[0] == '@') path[0] = '\0';  // an abstract name
  Socket socket(AF_UNIX, SOCK_DGRAM);
  socket.connect(Address::unix_(path));
  return socket;
} catch (const std::exception&) {
  return std::nullopt;
}

}  // namespace

Ready::Ready(const ReadyPlan& plan, const std::vector<std::string>& addresses)
    : notified_(open_notified()) {
  std::string lines;
  for (const std::string& address : addresses) lines += address + '\n';
  if (plan.fd) {
    check_open(*plan.fd);
    write_all(FdRef(*plan.fd), lines, "fd " + std::to_string(*plan.fd));
    if (*plan.fd > 2) ::close(*plan.fd);
  }
  if (!plan.file.empty()) {
    make_file(plan.file, lines);
    file_ = plan.file;
  }
  notify("READY=1");
}

Ready::~Ready() {
  stopping();
  if (!file_.empty()) ::unlink(file_.c_str());
}

void Ready::stopping() noexcept {
  notify("STOPPING=1");
  notified_.reset();
}

void Ready::notify(const char* state) noexcept try {
  if (notified_) notified_->send(state);
} catch (const std::exception&) {  // nobody listens any more
}

}  // namespace sock::cmd
