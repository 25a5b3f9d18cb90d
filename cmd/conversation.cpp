#include "cmd/conversation.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "cmd/explain.hpp"
#include "cmd/explain_tls.hpp"
#include "cmd/values.hpp"

namespace sock::cmd {
namespace {

using Why = io::RelayResult::Why;

std::string counts(const io::RelayResult& result) {
  std::string text = fmt::format("{} received, {} sent", show_bytes(result.in.delivered),
                                 show_bytes(result.out.delivered));
  if (const auto lost = result.in.lost())
    text += fmt::format(", {} received but not written", show_bytes(lost));
  if (const auto lost = result.out.lost())
    text += fmt::format(", {} read but not sent", show_bytes(lost));
  return text;
}

std::string limit(const std::optional<std::chrono::nanoseconds>& time) {
  return time ? show_duration(*time) : "the limit";
}

std::string failure(const std::exception_ptr& failure, const std::string& peer) try {
  std::rethrow_exception(failure);
} catch (const wire::TlsError& error) {
  return explain(error);
} catch (const Error& error) {
  if (error.subject() != peer) return explain(error);
  if (error.code() == std::errc::connection_reset)
    return fmt::format("connection to {}: reset by peer", peer);
  if (error.code() == std::errc::broken_pipe)
    return fmt::format("connection to {}: closed by peer while sending", peer);
  const std::string cure = cure_of(error);
  return fmt::format("connection to {}: {}{}{}", peer, cause_of(error.code()),
                     cure.empty() ? "" : "; ", cure);
} catch (const std::exception& error) {
  return explain(error);
}

// A server's refusal of our certificate comes with the first read, not with the handshake.
Exit exit_of_failure(const std::exception_ptr& failure) noexcept try {
  std::rethrow_exception(failure);
} catch (const wire::TlsError& error) {
  return exit_of(error);
} catch (...) {
  return Exit::broken;
}

// Of a connection that was made: whatever is sooner counts.
std::optional<io::Clock::time_point> handshake_limit(const Talk& talk) {
  const auto start = talk.listening ? io::Clock::now() : talk.start;
  std::optional<io::Clock::time_point> until;
  if (const auto timeout = talk.limits.timeout.value()) until = start + *timeout;
  if (!talk.limits.deadline) return until;
  const auto end = talk.start + *talk.limits.deadline;
  return until ? std::min(*until, end) : end;
}

// Closing tells the peer of a stream's end, but TLS has one of its own. Not where something is
// missing: it must not pass for all there was.
void tell_of_end(io::Channel& peer, const io::RelayResult& result) noexcept {
  const bool complete = result.why == Why::ended || result.why == Why::output_closed;
  if (!complete || result.out.lost() != 0 || peer.plain_fd(true)) return;
  try {
    (void)peer.try_finish();
  } catch (const std::exception&) {
  }
}

}  // namespace

Verdict judge(const io::RelayResult& result, const std::string& peer, const Limits& limits) {
  const auto timed_out = [&](std::string_view which) {
    return Verdict{Exit::timed_out,
                   fmt::format("connection to {}: timed out: {}; {}", peer, which, counts(result))};
  };
  switch (result.why) {
    case Why::ended:
    case Why::stopped:
      return {};
    case Why::linger:
      // The time was given for what might still come; only what did come and got stuck is lost.
      if (result.in.lost() + result.out.lost() == 0) return {};
      return timed_out(
          fmt::format("--linger {} after the first end is over", limit(limits.linger)));
    case Why::idle_timeout:
      return timed_out(fmt::format("no byte moved for --idle-timeout {}", limit(limits.idle)));
    case Why::deadline:
      return timed_out(fmt::format("--deadline {} is over", limit(limits.deadline)));
    case Why::output_closed:
      return {Exit::broken, {}};  // the reader has seen enough, and knows it
    case Why::failed:
      break;
  }
  return {exit_of_failure(result.error), failure(result.error, peer) + "; " + counts(result)};
}

std::string summary(const io::RelayResult& result, std::chrono::nanoseconds time) {
  return fmt::format("received {}, sent {} in {}", show_bytes(result.in.delivered),
                     show_bytes(result.out.delivered), show_duration(time));
}

bool is_endless(const Socket& socket) noexcept {
  if (socket.type() == SOCK_STREAM) return false;
  return socket.type() != SOCK_SEQPACKET || socket.family() == AF_RDS;
}

std::unique_ptr<io::Channel> peer_channel(Socket socket, const Address& peer, std::string name) {
  if (is_endless(socket)) return io::datagram_channel(std::move(socket), peer, std::move(name));
  return io::socket_channel(std::move(socket), std::move(name));
}

std::unique_ptr<io::Channel> peer_channel(Session& session, const Console& console, Socket socket,
                                          const Address& peer, std::string name, const Talk& talk) {
  if (talk.tls && socket.type() != SOCK_STREAM)
    throw UsageError("--tls: TLS is spoken over streams, and this socket is none");
  auto channel = peer_channel(std::move(socket), peer, std::move(name));
  if (!talk.tls) return channel;
  auto secured = secure(session, console, *talk.tls, std::move(channel), handshake_limit(talk));
  if (!talk.data.in) secured->believe_any_end();
  return secured;
}

io::RelayResult relay(Session& session, const Console& console, io::Channel& local,
                      io::Channel& peer, const Talk& talk) {
  const auto start = io::Clock::now();
  const Circumstances now{
      .listening = talk.listening, .endless = peer.endless(), .tls = talk.tls != nullptr};
  std::optional<io::RelayResult> result;
  io::Relay relay(session.loop(), local, peer,
                  relay_options(talk.data, talk.limits, now, talk.start),
                  [&](const io::RelayResult& all) {
                    result = all;
                    session.stop();
                  });
  if (!result) session.run();
  if (!result) relay.stop();
  tell_of_end(peer, *result);
  console.detail(summary(*result, io::Clock::now() - start));
  return *result;
}

int converse(Session& session, const Console& console, io::Channel& peer, const Talk& talk,
             FdRef in, FdRef out) {
  const auto local = io::stdio_channel(in, out);
  const io::RelayResult result = relay(session, console, *local, peer, talk);
  session.check();
  const Verdict verdict = judge(result, peer.name(true), talk.limits);
  if (!verdict.message.empty()) console.error(verdict.message);
  return code(verdict.exit);
}

}  // namespace sock::cmd
