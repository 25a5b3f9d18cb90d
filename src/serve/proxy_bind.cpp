#include "serve/proxy_bind.hpp"

#include <sys/socket.h>

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "sock/error.hpp"
#include "wire/candidates.hpp"

namespace sock::serve {

ProxyBind::ProxyBind(io::Loop& loop, const Address& at, MayCome may_come, Came came)
    : may_come_(std::move(may_come)), came_(std::move(came)), socket_(at.family(), SOCK_STREAM) {
  socket_.settimeout(std::chrono::seconds(0));
  socket_.bind(wire::with_port(at, 0));
  socket_.listen(1);
  watch_ = loop.watch(socket_, io::Interest::read, "bind", [this](io::Ready) { return accept(); });
}

bool ProxyBind::accept() {
  std::exception_ptr error;
  std::optional<std::pair<Socket, Address>> accepted;
  try {
    accepted = socket_.try_accept();
    if (!accepted) return false;
    if (!may_come_(accepted->second)) return true;
  } catch (const ConnectionAbortedError&) {  // it has gone again
    return true;
  } catch (const Error&) {
    error = std::current_exception();
    accepted.emplace();
  }
  watch_ = {};
  const Came came = std::move(came_);
  came(error, std::move(accepted->first), accepted->second);
  return true;
}

}  // namespace sock::serve
