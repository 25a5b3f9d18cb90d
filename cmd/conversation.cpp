#include "cmd/conversation.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "cmd/explain.hpp"
#include "cmd/explain_tls.hpp"
#include "cmd/limit_passed.hpp"
#include "cmd/meter.hpp"
#include "cmd/reports.hpp"
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
  if (result.unconfirmed != 0)
    text += fmt::format(", {} of those sent not confirmed", show_bytes(result.unconfirmed));
  return text;
}

std::string limit(const std::optional<std::chrono::nanoseconds>& time) {
  return time ? show_duration(*time) : "the limit";
}

std::string failure(const std::exception_ptr& failure, const std::string& peer) try {
  std::rethrow_exception(failure);
} catch (const std::exception& error) {
  return explain_broken(error, peer);
}

// What is left of a regular file, as far as it is to be sent.
std::optional<std::uint64_t> size_of_input(FdRef in, const DataPlan& data) {
  struct stat status {};
  if (!data.out || ::fstat(in.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const off_t offset = ::lseek(in.get(), 0, SEEK_CUR);
  const auto before = std::min(size, static_cast<std::uint64_t>(std::max<off_t>(offset, 0)));
  return std::min(size - before, data.out_shape.max_bytes);
}

// What is asked of messages needs an end that keeps them.
void check_messages(const DataPlan& data, const io::Channel& local, const io::Channel& peer) {
  if (data.in_shape.max_messages != io::Shape::unlimited && !peer.messages())
    throw UsageError("--replies: " + peer.name(true) + " is a stream, which has no datagrams");
  const bool framed = data.out_shape.framing.kind != io::Framing::Kind::none;
  if (framed && !peer.messages() && !local.messages())
    throw UsageError("--framing: " + peer.name(true) + " is a stream, which has no datagrams");
}

// The bytes are delivered all the same. Whoever speaks TLS through us knows it.
void hint_at_tls(io::RelayOptions& options, const Console& console, const std::string& peer) {
  const auto spoken = std::make_shared<bool>(false);
  options.on_first_out = [spoken](auto bytes) { *spoken = is_tls_handshake(bytes); };
  options.on_first_in = [spoken, &console, peer](auto bytes) {
    if (!*spoken && is_tls_alert(bytes))
      console.note(peer + " answers with an alert of TLS: perhaps --tls is missing");
  };
}

Exit exit_of_failure(const std::exception_ptr& failure) noexcept try {
  std::rethrow_exception(failure);
} catch (const std::exception& error) {
  return exit_of_broken(error);
} catch (...) {
  return Exit::broken;
}

io::Observer& observer_of(const Talk& talk) {
  static io::Observer nobody;
  return talk.show ? *talk.show : nobody;
}

// A connection over which TLS begins, or has begun.
std::unique_ptr<wire::TlsChannel> greeted(Connection connection, const Talk& talk) {
  if (connection.greeted) return std::move(connection.greeted);
  const int type = talk.tls->context.datagrams() ? SOCK_DGRAM : SOCK_STREAM;
  if (connection.socket.type() != type)
    throw UsageError("--tls: TLS is spoken over streams and UDP, and this socket is neither");
  return std::make_unique<wire::TlsChannel>(
      talk.tls->context, peer_channel(std::move(connection), talk.data), talk.tls->peer_name);
}

// Closing tells the peer of a stream's end, but TLS has one of its own, and TIPC's looks like a
// broken connection without. Not where something is
// missing: it must not pass for all there was.
void tell_of_end(io::Channel& peer, bool tls, const io::RelayResult& result) noexcept {
  const bool complete =
      result.why == Why::ended || result.why == Why::limited || result.why == Why::output_closed;
  const bool by_closing = !tls && peer.plain_fd(true) && peer.half_closes();
  if (!complete || result.out.lost() != 0 || by_closing) return;
  try {
    (void)peer.try_finish();
  } catch (const std::exception&) {
  }
}

}  // namespace

std::string explain_broken(const std::exception& failure, const std::string& peer) {
  const auto* error = dynamic_cast<const Error*>(&failure);
  if (!error || error->subject() != peer || error->code() == Errc::timed_out ||
      dynamic_cast<const wire::TlsError*>(error))
    return explain(failure);
  if (error->code() == std::errc::connection_reset)
    return fmt::format("connection to {}: reset by peer", peer);
  if (error->code() == std::errc::broken_pipe)
    return fmt::format("connection to {}: closed by peer while sending", peer);
  const std::string cure = cure_of(*error);
  return fmt::format("connection to {}: {}{}{}", peer, cause_of(error->code()),
                     cure.empty() ? "" : "; ", cure);
}

// A server's refusal of our certificate comes with the first read, not with the handshake. The
// kernel's own patience with a peer that is gone is no limit of ours.
Exit exit_of_broken(const std::exception& failure) noexcept {
  if (dynamic_cast<const wire::TlsError*>(&failure)) return exit_of(failure);
  const auto* error = dynamic_cast<const Error*>(&failure);
  return error && error->code() == Errc::timed_out ? Exit::timed_out : Exit::broken;
}

Verdict judge(const io::RelayResult& result, const std::string& peer, const Limits& limits) {
  const auto timed_out = [&](std::string_view which) {
    return Verdict{Exit::timed_out,
                   fmt::format("connection to {}: timed out: {}; {}", peer, which, counts(result))};
  };
  switch (result.why) {
    case Why::ended:
    case Why::limited:
    case Why::stopped:
      return {};
    case Why::linger:
      // The time was given for what might still come; only what did come and got stuck is lost.
      if (result.in.lost() + result.out.lost() + result.unconfirmed == 0 && !result.out_waits)
        return {};
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

int conclude(const Console& console, const io::RelayResult& result, const std::string& peer,
             const Limits& limits) {
  const Verdict verdict = judge(result, peer, limits);
  return verdict.message.empty() ? code(verdict.exit)
                                 : console.failed(verdict.exit, verdict.message);
}

std::string summary(const io::Traffic& traffic) {
  const double seconds = std::chrono::duration<double>(traffic.elapsed).count();
  const auto rate = [seconds](std::uint64_t bytes) {
    return show_size(seconds > 0 ? static_cast<double>(bytes) / seconds : 0);
  };
  return fmt::format("received {}, sent {} in {}, {}/s and {}/s", show_bytes(traffic.received),
                     show_bytes(traffic.sent), show_duration(traffic.elapsed),
                     rate(traffic.received), rate(traffic.sent));
}

bool is_endless(const Socket& socket) noexcept { return !wire::takes_connections(socket); }

std::unique_ptr<io::Channel> peer_channel(Connection connection, const DataPlan& data) {
  Socket& socket = connection.socket;
  std::string& name = connection.name;
  if (data.oob && socket.type() != SOCK_STREAM)
    throw UsageError("--oob: " + name + " has no urgent bytes; only streams have");
  if (connection.wrapping)
    return wire::wrapped_channel(std::move(socket), std::move(*connection.wrapping),
                                 std::move(name));
  if (is_endless(socket))
    return io::datagram_channel(std::move(socket), connection.peer, std::move(name),
                                data.from_everybody);
  return io::socket_channel(std::move(socket), std::move(name), data.oob);
}

std::unique_ptr<io::Channel> peer_channel(Session& session, Connection connection,
                                          const Talk& talk) {
  if (!talk.tls) return peer_channel(std::move(connection), talk.data);
  if (!connection.secured) {
    const auto limit = attempt_limit(talk.limits, talk.attempt - talk.start);
    connection.secured = within(limit ? limit->name : "", [&] {
      return secure(session, observer_of(talk), greeted(std::move(connection), talk),
                    limit ? std::optional(talk.attempt + limit->time) : std::nullopt);
    });
  }
  if (!talk.data.in) connection.secured->believe_any_end();
  return std::move(connection.secured);
}

io::RelayResult relay(Session& session, const Console& console, io::Channel& local,
                      io::Channel& peer, const Talk& talk, std::optional<std::uint64_t> size) {
  check_messages(talk.data, local, peer);
  const auto start = io::Clock::now();
  const bool datagrams_of_tls = talk.tls && peer.messages();
  const Circumstances now{.listening = talk.listening,
                          .endless = peer.endless() || !peer.half_closes(),
                          .tls = talk.tls && !datagrams_of_tls};
  io::RelayOptions options = relay_options(talk.data, talk.limits, now, talk.start);
  if (datagrams_of_tls)
    options.message_size = std::min(options.message_size, wire::TlsChannel::largest_message);
  // There the end of one direction is that of both: tell_of_end().
  if (datagrams_of_tls || !peer.half_closes()) options.shutdown = false;
  if (talk.show) talk.show->look_at(options);
  if (!talk.tls && !talk.listening && !peer.messages())
    hint_at_tls(options, console, peer.name(true));
  std::optional<io::RelayResult> result;
  io::Relay relay(session.loop(), local, peer, options, [&](const io::RelayResult& all) {
    result = all;
    session.stop();
  });
  {
    const Reports reports(session, console, talk.show, peer.name(true), size,
                          [&] { return relay.so_far(); });
    session.when_nudged([&] { relay.look_again(); });
    if (!result) session.run();
    session.when_nudged(nullptr);
    if (!result) relay.stop();
    tell_of_end(peer, talk.tls != nullptr, *result);
  }
  const io::Traffic traffic{result->out.delivered, result->in.delivered, io::Clock::now() - start};
  if (talk.show)
    talk.show->closed({.peer = peer.name(true), .traffic = traffic, .reason = reason_of(*result)});
  else
    console.detail(summary(traffic));
  return *result;
}

int converse(Session& session, const Console& console, io::Channel& local, io::Channel& peer,
             const Talk& talk) {
  const io::RelayResult result =
      relay(session, console, local, peer, talk, size_of_input(local.read_fd(), talk.data));
  session.check();
  return conclude(console, result, peer.name(true), talk.limits);
}

}  // namespace sock::cmd
