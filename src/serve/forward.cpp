#include "serve/forward.hpp"

#include <utility>

#include "io/channel.hpp"
#include "io/relay.hpp"
#include "serve/forward_datagrams.hpp"
#include "serve/sessions.hpp"
#include "sock/error.hpp"
#include "wire/reach.hpp"

namespace sock::serve {

namespace {

class ForwardSession final : public Session {
 public:
  ForwardSession(Visit visit, Socket socket, const wire::DialPlan& target,
                 const std::optional<wire::Tls>& tls, const io::RelayOptions& options)
      : Session(std::move(visit)), options_(options) {
    near_ = io::socket_channel(std::move(socket), this->visit().name());
    // A peer that is gone before there is a connection for it needs none.
    hangup_ = loop().watch(near_->read_fd(), io::Interest::none, "peer",
                           [this](io::Ready) { return end("reset"), true; });
    reaching_ = std::make_unique<wire::Reaching>(
        loop(), target, tls, this->visit().sessions().observer(),
        [this](const std::exception_ptr& error, wire::Reached* reached) { begin(error, reached); });
  }

  Counts counts() const noexcept override {
    if (!relay_) return {};
    const io::RelayResult result = relay_->so_far();
    return {result.out.received, result.in.delivered};
  }

 private:
  io::Loop& loop() const noexcept { return visit().sessions().loop(); }

  void begin(const std::exception_ptr& error, wire::Reached* reached) {
    hangup_ = {};
    if (error) return fail_by(error);
    far_ = wire::channel_of(std::move(*reached));
    reaching_.reset();
    relay_ = std::make_unique<io::Relay>(loop(), *near_, *far_, options_,
                                         [this](const io::RelayResult& result) { over(result); });
  }

  void over(const io::RelayResult& result) {
    switch (result.why) {
      case io::RelayResult::Why::ended:
        return end("ended");
      case io::RelayResult::Why::limited:
        return end("enough");
      case io::RelayResult::Why::idle_timeout:
        return end("idle");
      case io::RelayResult::Why::linger:
        return end("linger");
      case io::RelayResult::Why::output_closed:
        return end("reset");
      case io::RelayResult::Why::deadline:
      case io::RelayResult::Why::stopped:
        return end("stopped");
      case io::RelayResult::Why::failed:
        return fail_by(result.error);
    }
  }

  void fail_by(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      fail(e);
    }
  }

  const io::RelayOptions& options_;  // the mode's
  std::unique_ptr<io::Channel> near_, far_;
  io::Watch hangup_;  // until the other side is reached
  std::unique_ptr<wire::Reaching> reaching_;
  std::unique_ptr<io::Relay> relay_;
};

}  // namespace

std::unique_ptr<Session> Forward::serve(Visit visit, Socket socket) {
  return std::make_unique<ForwardSession>(std::move(visit), std::move(socket), target_, tls_,
                                          relay_);
}

std::unique_ptr<DatagramSession> Forward::serve(Visit visit, DatagramPort& port) {
  return std::make_unique<ForwardDatagrams>(std::move(visit), port, target_,
                                            relay_.out_shape.framing);
}

}  // namespace sock::serve
