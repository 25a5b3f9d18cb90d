#include "cmd/reconnect.hpp"

#include <memory>

#include <fmt/format.h>

#include "cmd/explain.hpp"
#include "cmd/kept_input.hpp"
#include "cmd/values.hpp"
#include "io/socket_calls.hpp"
#include "wire/chance.hpp"
#include "wire/retry.hpp"

namespace sock::cmd {
namespace {

using Why = io::RelayResult::Why;

// An end of the peer's side ends this connection: what we send from then on might be for nobody.
Talk until_the_peer_ends(Talk talk, const io::Channel& peer) {
  if (!talk.data.until && talk.data.in && !peer.endless()) talk.data.until = io::Until::in;
  return talk;
}

// Turns the loop for a while.
void pause(Session& session, const Console& console, std::chrono::nanoseconds time) {
  console.detail(fmt::format("connecting again in {}", show_duration(time)));
  const io::Timer timer = session.loop().after(time, [&] { session.stop(); });
  session.run();
  session.check();
}

// Before connecting again: nothing when the connection had held for a time, so that only a peer
// that drops every connection is asked ever less often.
class Pauses {
 public:
  void before_next(Session& session, const Console& console, io::Clock::duration held) {
    if (held >= wire::Backoff::longest) return backoff_.reset();
    pause(session, console, *backoff_.next(wire::chance(), {}));
  }

 private:
  wire::Backoff backoff_;
};

// While there is no connection: stops the session when the input ends and nothing of it is left to
// be sent. No more of it is read than can be kept.
class InputWatch {
 public:
  InputWatch(Session& session, KeptInput& input) : session_(session), input_(input) {
    if (input_.reads_ahead())
      watch_ = session_.loop().watch(input_.read_fd(), io::Interest::read, "input",
                                     [this](io::Ready) { return on_ready(); });
  }

 private:
  bool on_ready() {
    const bool moved = input_.read_ahead();
    if (!input_.reads_ahead()) watch_ = {};
    if (input_.ended()) session_.stop();
    return moved;
  }

  Session& session_;
  KeptInput& input_;
  io::Watch watch_;
};

}  // namespace

bool is_lost(const io::RelayResult& result, const std::string& peer) {
  if (result.why == Why::ended) return true;
  if (result.why != Why::failed) return false;
  try {
    std::rethrow_exception(result.error);
  } catch (const Error& error) {
    return error.subject() == peer;
  } catch (...) {
    return false;
  }
}

std::string loss(const io::RelayResult& result, const std::string& peer,
                 std::optional<std::uint64_t> unconfirmed) {
  std::string text =
      result.why == Why::ended
          ? fmt::format("connection to {}: ended by the peer; {} received, {} sent", peer,
                        show_bytes(result.in.delivered), show_bytes(result.out.delivered))
          : judge(result, peer, {}).message;
  if (unconfirmed.value_or(0) != 0)
    text += fmt::format("; of those sent {} not confirmed by the peer, and not sent again",
                        show_bytes(*unconfirmed));
  if (result.out.lost() != 0)
    text += fmt::format("; {} kept for the next connection", show_bytes(result.out.lost()));
  return text;
}

int converse_on(Session& session, const Console& console, std::unique_ptr<io::Channel> stdio,
                wire::Dialed dialed, const Redial& redial, const Talk& talk) {
  KeptInput local(std::move(stdio), io::RelayOptions().buffer_size);
  Pauses pauses;
  for (;;) {
    const auto start = io::Clock::now();
    const auto peer = peer_channel({.socket = std::move(dialed.socket),
                                    .peer = {},
                                    .name = dialed.name,
                                    .wrapping = std::move(dialed.wrapping)},
                                   talk.data);
    const io::RelayResult result =
        relay(session, console, local, *peer, until_the_peer_ends(talk, *peer));
    session.check();
    const bool lost = is_lost(result, dialed.name);
    if (lost) local.put_back(result.out.lost());
    if (!lost || local.ended()) return conclude(console, result, dialed.name, talk.limits);
    console.note(loss(result, dialed.name, io::unconfirmed(peer->write_fd())));
    dialed.source = {};  // the next one is bound to that name
    const auto now = io::Clock::now();
    std::optional<InputWatch> input;
    if (talk.data.out) input.emplace(session, local);
    pauses.before_next(session, console, now - start);
    std::optional<wire::Reached> reached;
    if (!local.ended())
      reached = reach_until(session, redial.plan, {}, redial.until(now), redial.observer);
    if (!reached) {
      console.note("the input has ended, and nothing of it is left to be sent");
      return conclude(console, result, dialed.name, talk.limits);
    }
    dialed = std::move(reached->dialed);
  }
}

}  // namespace sock::cmd
