#include "cmd/pass_fd.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include "cmd/exit.hpp"
#include "cmd/values.hpp"
#include "sock/message.hpp"
#include "wire/about.hpp"

namespace sock::cmd {
namespace {

constexpr int standard_output = 1;

}  // namespace

void check_taker() {
  int family = 0;
  socklen_t size = sizeof family;
  if (::getsockopt(standard_output, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0 ||
      family != AF_UNIX)
    throw UsageError(
        "--pass-fd: standard output has to be a Unix socket, whose other end takes the descriptor, "
        "as ssh's ProxyUseFdpass makes it");
}

int pass_on(const Connection& connection) {
  if (connection.wrapping)
    throw UsageError("--pass-fd: whoever gets the socket would have to know of each header");
  Socket taker = Socket::from_fd(standard_output);
  char nothing = 0;
  const iovec byte{&nothing, sizeof nothing};
  const int fd = connection.socket.fileno();
  wire::about("the descriptor to standard output", [&] { send_fds(taker, {&byte, 1}, {&fd, 1}); });
  taker.detach();
  return code(Exit::done);
}

}  // namespace sock::cmd
