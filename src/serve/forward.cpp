#include "serve/forward.hpp"

#include <algorithm>
#include <utility>

#include "io/channel.hpp"
#include "serve/bridge.hpp"
#include "serve/forward_datagrams.hpp"
#include "serve/sessions.hpp"
#include "wire/reach.hpp"

namespace sock::serve {

namespace {

class ForwardSession final : public BridgeSession {
 public:
  ForwardSession(Visit visit, Socket socket, const wire::DialPlan& target,
                 const std::optional<wire::Tls>& tls, const io::RelayOptions& options)
      : BridgeSession(std::move(visit), options),
        near_(io::socket_channel(std::move(socket), this->visit().name())) {
    await(near_->read_fd());
    reaching_ = std::make_unique<wire::Reaching>(
        loop(), target, tls, this->visit().sessions().observer(),
        [this](const std::exception_ptr& error, wire::Reached* reached) {
          if (error) return fail_by(error);
          join(std::move(near_), wire::channel_of(std::move(*reached)));
          reaching_.reset();
        });
  }

 private:
  std::unique_ptr<io::Channel> near_;  // until the two are joined
  std::unique_ptr<wire::Reaching> reaching_;
};

}  // namespace

Forward::Forward(wire::DialPlan target, io::RelayOptions relay, std::optional<wire::Tls> tls)
    : target_(std::move(target)), relay_(std::move(relay)), tls_(std::move(tls)) {
  if (tls_ && tls_->context.datagrams())
    relay_.message_size = std::min(relay_.message_size, wire::TlsChannel::largest_message);
}

std::unique_ptr<Session> Forward::serve(Visit visit, Socket socket) {
  return std::make_unique<ForwardSession>(std::move(visit), std::move(socket), target_, tls_,
                                          relay_);
}

std::unique_ptr<DatagramSession> Forward::serve(Visit visit, DatagramPort& port) {
  return std::make_unique<ForwardDatagrams>(std::move(visit), port, target_, tls_,
                                            relay_.out_shape.framing);
}

}  // namespace sock::serve
