#include "cmd/probe_try.hpp"

#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <exception>
#include <utility>

#include "cmd/secure.hpp"
#include "io/socket_calls.hpp"

namespace sock::cmd {
namespace {

bool is_inet_datagram(const Socket& socket) noexcept {
  return socket.type() == SOCK_DGRAM && (socket.family() == AF_INET || socket.family() == AF_INET6);
}

// ICMP errors that a connected socket is not told of otherwise: only a closed port is.
void report_errors(Socket& socket) {
  if (socket.family() == AF_INET)
    socket.setsockopt(IPPROTO_IP, IP_RECVERR, 1);
  else
    socket.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, 1);
}

// A server takes TLS without its end for a connection that broke.
void close(wire::TlsChannel& channel) noexcept {
  try {
    (void)channel.try_finish();
  } catch (const std::exception&) {  // the peer has gone first
  }
}

}  // namespace

ProbeTry::ProbeTry(io::Loop& loop, const wire::DialPlan& plan, const std::optional<wire::Tls>& tls,
                   const std::string& data, const wire::FindPaths& find, const ProbeSteps& steps,
                   Done done)
    : loop_(loop),
      data_(data),
      deadline_(plan.timeout),
      done_(std::move(done)),
      steps_(steps),
      reaching_(
          loop, plan, tls, steps_,
          [this](const std::exception_ptr& error, wire::Reached* result) {
            reached(error, result);
          },
          find) {
  result_.target = to_string(plan.target);
}

void ProbeTry::reached(const std::exception_ptr& error, wire::Reached* reached) {
  result_.look_up = steps_.look_up();
  result_.time = steps_.attempt_took();
  if (error) return end(state_of(error), error);
  result_.address = reached->dialed.name;
  if (reached->secured)
    result_.tls = describe_briefly(told(reached->session, reached->dialed.name),
                                   std::chrono::system_clock::now());
  if (reached->secured) close(*reached->secured);
  if (reached->secured || !is_inet_datagram(reached->dialed.socket)) return end(PortState::open);
  std::exception_ptr failure;
  try {
    ask(std::move(reached->dialed));
  } catch (const Error&) {
    failure = std::current_exception();
  }
  if (failure) end(state_of(failure), failure);
}

void ProbeTry::ask(wire::Dialed dialed) {
  asked_ = std::move(dialed);
  report_errors(asked_->socket);
  watch_ = loop_.watch(asked_->socket, io::Interest::read, "probe", [this](io::Ready) {
    answered();
    return true;
  });
  limit_ = loop_.at(deadline_.at(), [this] { end(PortState::silent); });
  sent_ = io::Clock::now();
  io::send_to(asked_->socket, Socket::bytes(data_), asked_->name);
}

void ProbeTry::answered() {
  std::exception_ptr failure;
  try {
    std::array<std::byte, 1> first;
    // An answer that is cut is one, too.
    if (!asked_->socket.try_recv(first)) return;
  } catch (const Error&) {
    failure = std::current_exception();
  }
  result_.time = io::Clock::now() - sent_;
  end(failure ? state_of(failure) : PortState::open, failure);
}

void ProbeTry::end(PortState state, const std::exception_ptr& cause) {
  watch_ = {};
  limit_ = {};
  asked_.reset();
  result_.state = state;
  result_.exit = exit_of(state, cause);
  if (cause) result_.note = note_of(cause);
  if (state == PortState::silent) {
    result_.address.clear();
    result_.time = {};
    result_.note = "no answer";
  }
  const Done done = std::move(done_);
  const ProbeResult result = std::move(result_);
  done(result, cause);
}

}  // namespace sock::cmd
