#include "support/pty.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace support {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

}  // namespace

Pty::Pty() : master_(checked(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "posix_openpt")) {
  checked(::grantpt(master_.get()), "grantpt");
  checked(::unlockpt(master_.get()), "unlockpt");
  char name[64];
  if (::ptsname_r(master_.get(), name, sizeof name) != 0) throw std::runtime_error("ptsname_r");
  path_ = name;
  slave_ = sock::Fd(checked(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC), name));
  const winsize size{24, 80, 0, 0};
  checked(::ioctl(slave_.get(), TIOCSWINSZ, &size), "TIOCSWINSZ");
}

void Pty::type(std::string_view text) {
  if (::write(master_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("the terminal does not take what is typed");
}

std::string Pty::wait_for(std::string_view text) {
  using namespace std::chrono;
  const auto end = steady_clock::now() + seconds(20);
  while (seen_.find(text) == seen_.npos) {
    const auto left = ceil<milliseconds>(end - steady_clock::now()).count();
    pollfd wait{master_.get(), POLLIN, 0};
    if (left <= 0 || (::poll(&wait, 1, static_cast<int>(left)) <= 0 && errno != EINTR))
      throw std::runtime_error("the terminal shows no \"" + std::string(text) + "\" in: " + seen_);
    char bytes[4096];
    const ssize_t n = ::read(master_.get(), bytes, sizeof bytes);
    if (n > 0) seen_.append(bytes, static_cast<std::size_t>(n));
  }
  return seen_;
}

}  // namespace support
