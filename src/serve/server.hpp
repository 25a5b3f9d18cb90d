// Listening for many: connections are taken while there is room for them, and each is given to the
// mode.
#pragma once

#include <sys/resource.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "serve/mode.hpp"
#include "serve/reception.hpp"
#include "serve/sessions.hpp"
#include "wire/listener.hpp"

namespace sock::serve {

class Server {
 public:
  // All must outlive it. `over` is called once, from the loop: no one is served any more, and no
  // one will be.
  Server(io::Loop&, Sessions&, Mode&, std::function<void()> over, Reception::Options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes the peers of these sockets from now on. Throws wire::UsageError where datagrams come and
  // the mode does not serve them, or what is to be spoken before is spoken over streams.
  void listen(wire::Listener);
  // Others who share the gate have made room, or taken the last there was.
  void look_again();
  // No more are taken: connections that wait are refused, socket files removed. Datagrams of peers
  // that have a session still come.
  void stop_accepting();
  bool accepting() const noexcept { return accepting_; }

 private:
  struct Port;
  void accept_from(Port&);
  bool begin(Arrival);
  bool enough_descriptors(const Arrival&) const;
  void pause(const Error&);
  void resume();
  void wait_or_accept();
  void check_over();

  io::Loop& loop_;
  Sessions& sessions_;
  Mode& mode_;
  std::function<void()> over_;
  Reception reception_;
  const rlim_t descriptor_limit_;
  std::vector<wire::Listener> listeners_;
  std::vector<std::unique_ptr<Port>> ports_;
  bool accepting_ = true;
  bool paused_ = false;          // the system is out of something
  bool said_so_ = false;         // since all who waited were taken last
  std::optional<Arrival> held_;  // was taken when descriptors or places had run out
  io::Timer retry_;
};

}  // namespace sock::serve
