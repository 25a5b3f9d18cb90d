// What a connection goes through before it is served: a proxy says whom it is for, the rules and
// limits let it in, TLS is agreed on. Nobody waits for another.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>

#include "serve/datagram_socket.hpp"
#include "serve/front.hpp"
#include "serve/mode.hpp"
#include "serve/proxies.hpp"
#include "serve/securing.hpp"
#include "serve/sessions.hpp"
#include "sock/socket.hpp"
#include "wire/listener.hpp"
#include "wire/proxy_introduction.hpp"
#include "wire/tls_context.hpp"

namespace sock::serve {

struct Arrival {
  const Local* local;
  Socket socket;
  Address peer;
};

class Reception {
 public:
  struct Options {
    Proxies proxies = {};                                     // nobody's, unless it says so
    const wire::TlsContext* tls = nullptr;                    // null: none. It must outlive this
    io::Clock::duration patience = std::chrono::seconds(10);  // with each step
    bool failure_is_told = false;  // that TLS was not agreed on: as that of any session
  };

  // All must outlive it. `changed` is called, from the loop, whenever one who was coming has been
  // let in or not.
  Reception(Sessions&, Mode&, Options, std::function<void()> changed);
  ~Reception();
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;

  // Can it do what there is to be done with whom comes to these sockets?
  bool suits(const wire::Listener&) const noexcept;
  // A place was claimed for it.
  void receive(Arrival);
  // Peers of a datagram socket, from now on. Both must outlive what is returned.
  std::unique_ptr<DatagramSocket> receive(const Local&, Socket&);
  // Who has not been let in yet, and may still be.
  std::size_t coming() const noexcept { return introductions_.size(); }
  // Those who are coming are sent away.
  void take_no_more();
  // Ends all that is left of sessions which have ended.
  void cut_off();

  // How many descriptors one takes, besides its connection, and those need who have come and are
  // not served yet.
  std::size_t descriptors() const noexcept;
  std::size_t descriptors_to_come() const noexcept {
    return (coming() + fronts_.beginning()) * descriptors();
  }

 private:
  using Introductions = std::list<std::unique_ptr<wire::ProxyIntroduction>>;
  void introduced(const Local&, const Address& proxy, wire::ProxyIntroduction::Outcome);
  void let_in(Arrival, const std::optional<wire::ProxiedEnds>& = {});
  Securing securing() const noexcept {
    return {*options_.tls, options_.patience, options_.failure_is_told};
  }

  Sessions& sessions_;
  Mode& mode_;
  const Options options_;
  const std::function<void()> changed_;
  Introductions introductions_;
  Fronts fronts_;
};

}  // namespace sock::serve
