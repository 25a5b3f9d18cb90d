#include "serve/forward.hpp"

#include <utility>

#include "io/channel.hpp"
#include "io/relay.hpp"
#include "serve/forward_datagrams.hpp"
#include "serve/sessions.hpp"
#include "sock/error.hpp"
#include "wire/candidates.hpp"
#include "wire/dialing.hpp"

namespace sock::serve {

namespace {

// For each direction, while bytes are stuck in it.
constexpr std::size_t buffer_size = 64 * 1024;

std::unique_ptr<io::Channel> channel_of(wire::Dialed dialed) {
  // It is connected: the kernel knows the peer of datagrams, too.
  if (!wire::takes_connections(dialed.socket))
    return io::datagram_channel(std::move(dialed.socket), {}, std::move(dialed.name));
  return io::socket_channel(std::move(dialed.socket), std::move(dialed.name));
}

class ForwardSession final : public Session {
 public:
  ForwardSession(Visit visit, Socket socket, const wire::DialPlan& target,
                 std::optional<std::chrono::nanoseconds> linger)
      : Session(std::move(visit)), linger_(linger) {
    near_ = io::socket_channel(std::move(socket), this->visit().name());
    // A peer that is gone before there is a connection for it needs none.
    hangup_ = loop().watch(near_->read_fd(), io::Interest::none, "peer",
                           [this](io::Ready) { return end("reset"), true; });
    dialing_ = std::make_unique<wire::Dialing>(
        loop(), target, this->visit().sessions().observer(),
        [this](const std::exception_ptr& error, wire::Dialed* dialed) { reached(error, dialed); });
  }

  Counts counts() const noexcept override {
    if (!relay_) return {};
    const io::RelayResult result = relay_->so_far();
    return {result.out.received, result.in.delivered};
  }

 private:
  io::Loop& loop() const noexcept { return visit().sessions().loop(); }

  void reached(const std::exception_ptr& error, wire::Dialed* dialed) {
    hangup_ = {};
    if (error) return fail_by(error);
    far_ = channel_of(std::move(*dialed));
    dialing_.reset();
    relay_ = std::make_unique<io::Relay>(
        loop(), *near_, *far_,
        io::RelayOptions{
            .linger = linger_, .idle = visit().sessions().idle_limit(), .buffer_size = buffer_size},
        [this](const io::RelayResult& result) { over(result); });
  }

  void over(const io::RelayResult& result) {
    switch (result.why) {
      case io::RelayResult::Why::ended:
      case io::RelayResult::Why::limited:
        return end("ended");
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

  std::optional<std::chrono::nanoseconds> linger_;
  std::unique_ptr<io::Channel> near_, far_;
  io::Watch hangup_;  // while it is dialled
  std::unique_ptr<wire::Dialing> dialing_;
  std::unique_ptr<io::Relay> relay_;
};

}  // namespace

std::unique_ptr<Session> Forward::serve(Visit visit, Socket socket) {
  return std::make_unique<ForwardSession>(std::move(visit), std::move(socket), target_, linger_);
}

std::unique_ptr<DatagramSession> Forward::serve(Visit visit, DatagramPort& port) {
  return std::make_unique<ForwardDatagrams>(std::move(visit), port, target_);
}

}  // namespace sock::serve
