#include "serve/bridge.hpp"

#include <utility>

#include "serve/sessions.hpp"

namespace sock::serve {

BridgeSession::BridgeSession(Visit visit, const io::RelayOptions& options)
    : Session(std::move(visit)), options_(options) {}

Counts BridgeSession::counts() const noexcept {
  if (!relay_) return {};
  const io::RelayResult result = relay_->so_far();
  return {result.out.received, result.in.delivered};
}

io::Loop& BridgeSession::loop() const noexcept { return visit().sessions().loop(); }

void BridgeSession::await(FdRef near) {
  hangup_ = loop().watch(near, io::Interest::none, "peer",
                         [this](io::Ready) { return end("reset"), true; });
}

void BridgeSession::join(std::unique_ptr<io::Channel> near, std::unique_ptr<io::Channel> far) {
  hangup_ = {};
  near_ = std::move(near);
  far_ = std::move(far);
  relay_ = std::make_unique<io::Relay>(loop(), *near_, *far_, options_,
                                       [this](const io::RelayResult& result) { over(result); });
}

void BridgeSession::over(const io::RelayResult& result) {
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

void BridgeSession::fail_by(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    fail(e);
  }
}

}  // namespace sock::serve
