#include "serve/proxy.hpp"

#include <cerrno>
#include <utility>

#include "serve/proxy_session.hpp"
#include "sock/error.hpp"

namespace sock::serve {

std::unique_ptr<Session> Proxy::serve(Visit visit, Socket socket) {
  if (visit.local().records()) throw_errno(EPROTOTYPE, "serve a proxy", visit.local().name);
  return std::make_unique<ProxySession>(std::move(visit), std::move(socket), options_);
}

}  // namespace sock::serve
