// One client of a proxy: what it asks for, how that is answered, and the bytes after it.
#pragma once

#include <exception>
#include <memory>
#include <string>

#include "serve/bridge.hpp"
#include "serve/outbox.hpp"
#include "serve/permits.hpp"
#include "serve/proxy.hpp"
#include "serve/proxy_bind.hpp"
#include "serve/proxy_datagrams.hpp"
#include "serve/proxy_handshake.hpp"
#include "sock/socket.hpp"
#include "wire/dialing.hpp"

namespace sock::serve {

// The handshake is read from the socket to its last byte and no further, so that what a client
// sends right after it is moved by the kernel alone, like all that follows.
class ProxySession final : public BridgeSession {
 public:
  ProxySession(Visit, Socket, const ProxyOptions&);

  Counts counts() const noexcept override;
  void drain() override;

 private:
  enum class Step : std::uint8_t {
    asking,    // its request has not come
    dialing,   // to where it wants to
    waiting,   // for the peer that is to come to it
    granted,   // it is being told so, and then joined
    relaying,  // its datagrams
    parting,   // it is being told that nothing comes of it
  };

  void watch(io::Interest);
  bool on_ready(io::Ready);
  bool read_request();
  void consume(std::size_t bytes);
  void begin();
  Permits permits() const;
  void refuse(Refusal, std::string why);
  void connect_to(const wire::ProxyAddress&);
  void reached(wire::Dialed);
  void not_reached(const std::exception_ptr&);
  void wait_for(const wire::ProxyAddress& peer);
  void came(const std::exception_ptr&, Socket, const Address& peer);
  void associate(std::uint16_t port);
  void grant(const Address& bound);
  // Sends what the handshake has to say. false: that ended this.
  bool speak();
  void spoken();
  void part(std::string why);
  void say_goodbye();
  bool drop_the_rest();

  const ProxyOptions& options_;
  Socket socket_;
  std::unique_ptr<ProxyHandshake> handshake_;
  Step step_ = Step::asking;
  std::uint64_t read_ = 0;  // bytes
  Outbox outbox_;
  std::string why_;  // it is parted with
  std::unique_ptr<wire::Dialing> dialing_;
  std::unique_ptr<io::Channel> far_;  // until the two are joined
  std::unique_ptr<ProxyBind> bind_;
  std::unique_ptr<ProxyDatagrams> datagrams_;
  io::Timer limit_;
  io::Watch watch_;
};

}  // namespace sock::serve
