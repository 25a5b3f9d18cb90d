#include "wire/tls_handshake.hpp"

#include <utility>

#include "sock/error.hpp"

namespace sock::wire {

namespace {

io::Interest interest_of(const TlsChannel& channel) noexcept {
  const io::Wants wants = channel.handshake_wants();
  return wants.read_fd | wants.write_fd;
}

}  // namespace

TlsHandshake::TlsHandshake(io::Loop& loop, const TlsContext& context,
                           std::unique_ptr<io::Channel> transport, const std::string& peer_name,
                           std::optional<io::Clock::time_point> until, Done done)
    : TlsHandshake(loop, std::make_unique<TlsChannel>(context, std::move(transport), peer_name),
                   until, std::move(done)) {}

TlsHandshake::TlsHandshake(io::Loop& loop, std::unique_ptr<TlsChannel> channel,
                           std::optional<io::Clock::time_point> until, Done done)
    : loop_(loop),
      done_(std::move(done)),
      channel_(std::move(channel)),
      interest_(interest_of(*channel_)),
      watch_(loop.watch(channel_->read_fd(), interest_, "TLS handshake",
                        [this](io::Ready) { return step(); })),
      // A client speaks first, and a server may have its first bytes already.
      start_(loop.after({}, [this] { step(); })) {
  if (!until) return;
  limit_ = loop.at(*until, [this] {
    try {
      throw_error(Errc::timed_out, "TLS handshake with", channel_->name(true));
    } catch (...) {
      conclude(std::current_exception());
    }
  });
}

// Whatever makes it ready is read or written: it always gets on.
bool TlsHandshake::step() {
  bool done = false;
  std::exception_ptr error;
  try {
    done = channel_->try_handshake();
  } catch (...) {
    error = std::current_exception();
  }
  if (done || error) {
    conclude(error);
    return true;
  }
  const io::Interest interest = interest_of(*channel_);
  if (interest != interest_) watch_.set(interest_ = interest);
  resend_in_time();
  return true;
}

void TlsHandshake::resend_in_time() {
  const auto left = channel_->resend_in();
  resend_ = left ? loop_.after(*left, [this] { step(); }) : io::Timer();
}

// The last thing its callers do: `done` may destroy this.
void TlsHandshake::conclude(std::exception_ptr error) {
  watch_ = io::Watch();
  start_ = io::Timer();
  limit_ = io::Timer();
  resend_ = io::Timer();
  Outcome outcome;
  outcome.error = std::move(error);
  if (!outcome.error) {
    outcome.session = channel_->session();
    outcome.channel = std::move(channel_);
  }
  const Done done = std::exchange(done_, nullptr);
  channel_.reset();
  done(std::move(outcome));
}

}  // namespace sock::wire
