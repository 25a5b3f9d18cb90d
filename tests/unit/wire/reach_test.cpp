#include "wire/reach.hpp"

#include <future>

#include "recorder.hpp"
#include "support/peer.hpp"
#include "tls_ends.hpp"

namespace {

using namespace tls_ends;
using namespace std::chrono_literals;
using support::Peer;
using support::Steps;
using wire::Reached;
using wire::Reaching;
using Lines = std::vector<std::string>;

wire::DialPlan to(const std::string& target, Timeout timeout = 20s) {
  wire::DialPlan plan;
  plan.target = wire::parse_endpoint(target);
  plan.timeout = timeout;
  return plan;
}

// A server of TLS for one peer, in a thread: waits for the handshake and the peer's end.
std::future<std::string> serve(Socket& listener) {
  return std::async(std::launch::async, [&listener] {
    listener.settimeout(20s);
    auto [socket, peer] = listener.accept();
    socket.settimeout({});
    io::Loop loop;
    std::string failure;
    const wire::TlsHandshake handshake(
        loop, TlsContext(server_plan()), io::socket_channel(std::move(socket), "client"), "",
        io::Clock::now() + 20s, [&](wire::TlsHandshake::Outcome outcome) {
          failure = message_of(outcome.error);
          loop.stop();
        });
    loop.run();
    return failure;
  });
}

// To the end of one attempt.
struct Run {
  Recorder seen;
  std::optional<Reached> reached;
  std::exception_ptr error;

  Run(const wire::DialPlan& plan, const std::optional<wire::Tls>& tls) {
    io::Loop loop;
    const auto alarm = loop.after(20s, [&] { loop.stop(); });
    std::unique_ptr<Reaching> reaching;
    reaching = std::make_unique<Reaching>(loop, plan, tls, seen,
                                          [&](const std::exception_ptr& e, Reached* r) {
                                            error = e;
                                            if (r) reached = std::move(*r);
                                            reaching.reset();
                                            loop.stop();
                                          });
    loop.run();
    CHECK(!reaching);
    CHECK(reached.has_value() == (error == nullptr));
  }
};

TEST_CASE("without TLS it is the connection that is reached") {
  const auto peer = Peer::server({Steps::write("hello"), Steps::half_close()});
  Run run(to(peer->address()), {});
  REQUIRE(run.reached);
  CHECK(!run.reached->secured);
  CHECK(run.reached->dialed.name == peer->address());
  const auto channel = wire::channel_of(std::move(*run.reached));
  CHECK(channel->name(true) == peer->address());
  peer->finish();
  CHECK(take(*channel) == "hello");
}

TEST_CASE("with TLS it is a session, and that is told") {
  Socket listener = create_server("127.0.0.1", 0);
  auto server = serve(listener);
  const std::string address = to_string(listener.getsockname());
  Run run(to(address), wire::Tls{TlsContext(client_plan()), "localhost"});
  CHECK(server.get() == "");
  REQUIRE(run.reached);
  CHECK(run.seen.lines ==
        Lines{"attempt " + address, "connected " + address, "secured " + address});
  CHECK(run.reached->session.version == "TLSv1.3");
  CHECK(wire::channel_of(std::move(*run.reached))->name(false) == address);
}

TEST_CASE("one limit holds for the connection and the handshake") {
  const auto silent = Peer::server({Steps::stall()});
  const Run run(to(silent->address(), 300ms), wire::Tls{TlsContext(client_plan()), ""});
  CHECK(message_of(run.error).find("TLS handshake with " + silent->address()) == 0);
  CHECK_THROWS_AS(std::rethrow_exception(run.error), TimeoutError);
  silent->proceed();
  silent->finish();
}

TEST_CASE("what fails is told once") {
  const support::ClosedPort closed;
  CHECK_THROWS_AS(std::rethrow_exception(
                      Run(to(closed.address()), wire::Tls{TlsContext(client_plan()), ""}).error),
                  ConnectionRefusedError);
  const auto plain = Peer::server({Steps::write("220 mail.example ESMTP\r\n"), Steps::stall()});
  CHECK(message_of(Run(to(plain->address()), wire::Tls{TlsContext(client_plan()), ""}).error) ==
        "TLS handshake with " + plain->address() + ": wrong version number");
  plain->proceed();
  plain->finish();
  const Run datagrams(to("udp:127.0.0.1:9"), wire::Tls{TlsContext(client_plan()), ""});
  CHECK(message_of(datagrams.error).find("TLS is spoken over streams") != std::string::npos);
}

}  // namespace
