#include "serve/channel_session.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

#include "serve/mode.hpp"
#include "serve/sessions.hpp"

namespace sock::serve {

namespace {

constexpr std::size_t buffer_size = 64 * 1024;  // while bytes wait to be sent

}  // namespace

std::unique_ptr<Session> Mode::serve(Visit, io::Channel&) {
  throw std::logic_error("a mode that takes no channels");
}

ChannelSession::ChannelSession(Visit visit, io::Channel& channel, Use use)
    : Session(std::move(visit)),
      channel_(channel),
      use_(use),
      flow_(channel, channel,
            io::Flow::Options{.buffer_size = buffer_size, .discard = use == Use::discard}),
      watch_(this->visit().sessions().loop().watch(channel.read_fd(), io::Interest::read, "session",
                                                   [this](io::Ready) { return pump(); })) {
  if (const auto limit = this->visit().sessions().idle_limit()) limit_idleness(*limit);
  rearm();
}

Counts ChannelSession::counts() const noexcept {
  return {flow_.received(), use_ == Use::echo ? flow_.delivered() : 0};
}

bool ChannelSession::pump() {
  const bool moved = flow_.pump();
  if (moved) this->moved();
  follow();
  return moved;
}

// The last thing its caller does: it may be the end of this.
void ChannelSession::follow() {
  if (!flow_.over()) return rearm();
  if (flow_.state() == io::Flow::State::done) return end("ended");
  try {
    std::rethrow_exception(flow_.error());
  } catch (const std::exception& error) {
    if (is_reset(error)) return end("reset");
    tell_of_end();
    fail(error);
  }
}

// A peer whose own end was not a proper one may still read that it has got all there is.
void ChannelSession::tell_of_end() noexcept {
  if (flow_.failed_side() == io::Flow::Side::writing) return;
  try {
    (void)channel_.try_finish();
  } catch (const std::exception&) {  // it is gone
  }
}

void ChannelSession::rearm() {
  const io::Wants wants = channel_.wants(flow_.wants_read(), flow_.wants_write());
  watch_.set(wants.read_fd | wants.write_fd);
  // What it has in store no readiness tells of.
  if (flow_.wants_read() && channel_.pending())
    pending_ = visit().sessions().loop().after({}, [this] { pump(); });
}

}  // namespace sock::serve
