// A port at which one peer may come to a client of a proxy (SOCKS's BIND).
#pragma once

#include <exception>
#include <functional>

#include "io/loop.hpp"
#include "sock/address.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

class ProxyBind {
 public:
  // Whoever may not come has its connection closed.
  using MayCome = std::function<bool(const Address& peer)>;
  // Called once, from the loop, with a failure or with who came; may destroy this.
  using Came = std::function<void(const std::exception_ptr&, Socket, const Address& peer)>;

  // Listens at this address, on a port of the system's choice. Throws Error. The loop must outlive
  // it.
  ProxyBind(io::Loop&, const Address& at, MayCome, Came);

  Address bound() const { return socket_.getsockname(); }

 private:
  bool accept();

  MayCome may_come_;
  Came came_;
  Socket socket_;
  io::Watch watch_;
};

}  // namespace sock::serve
