#include "wire/tls_handshake.hpp"

#include <unistd.h>

#include "tls_ends.hpp"

namespace {

using namespace tls_ends;
using namespace std::chrono_literals;
using wire::TlsHandshake;
using Outcome = TlsHandshake::Outcome;

// Turns until all of so many are done; twenty seconds are far too many.
struct Gathering {
  TlsHandshake::Done into(Outcome& outcome) {
    ++open;
    return [this, &outcome](Outcome result) {
      outcome = std::move(result);
      if (--open == 0) loop.stop();
    };
  }
  void run() {
    const auto alarm = loop.after(20s, [this] { loop.stop(); });
    loop.run();
    REQUIRE(open == 0);
  }
  io::Loop loop;
  int open = 0;
};

std::unique_ptr<io::Channel> plain(Socket& socket, const char* name) {
  return io::socket_channel(std::move(socket), name);
}

TEST_CASE("both sides of a handshake on one loop") {
  Gathering all;
  auto [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  Outcome client, server;
  const TlsHandshake one(all.loop, TlsContext(client_plan()), plain(a, "server"), "localhost",
                         std::nullopt, all.into(client));
  const TlsHandshake two(all.loop, TlsContext(server_plan()), plain(b, "client"), "", std::nullopt,
                         all.into(server));
  all.run();
  REQUIRE(client.channel);
  REQUIRE(server.channel);
  CHECK(client.session.version == "TLSv1.3");
  REQUIRE(client.session.peer);
  put(*client.channel, "first");
  CHECK(take(*server.channel) == "first");
}

TEST_CASE("a peer that says nothing ends by the limit, and others do not wait for it") {
  Gathering all;
  auto [silent, held] = socketpair(AF_UNIX, SOCK_STREAM);
  auto [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  Outcome stalled, client, server;
  bool before = false;
  const TlsContext of_server(server_plan());
  const TlsHandshake zero(all.loop, of_server, plain(silent, "silent"), "",
                          io::Clock::now() + 300ms, [&, done = all.into(stalled)](Outcome result) {
                            before = client.channel && server.channel;
                            done(std::move(result));
                          });
  const TlsHandshake one(all.loop, TlsContext(client_plan()), plain(a, "server"), "",
                         io::Clock::now() + 20s, all.into(client));
  const TlsHandshake two(all.loop, of_server, plain(b, "client"), "", io::Clock::now() + 20s,
                         all.into(server));
  all.run();
  CHECK(before);
  CHECK(!stalled.channel);
  CHECK(message_of(stalled.error).find("TLS handshake with silent: ") == 0);
  CHECK_THROWS_AS(std::rethrow_exception(stalled.error), TimeoutError);
}

TEST_CASE("a failure is told once, and its handshake may be destroyed then") {
  Gathering all;
  auto [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  std::unique_ptr<TlsHandshake> handshake;
  Outcome outcome;
  handshake = std::make_unique<TlsHandshake>(
      all.loop, TlsContext(client_plan()), plain(a, "server"), "", std::nullopt,
      [&, done = all.into(outcome)](Outcome result) {
        const auto keep = done;  // destroying the handshake destroys this function
        handshake.reset();
        keep(std::move(result));
      });
  b.sendall("220 mail.example ESMTP\r\n");
  all.run();
  CHECK(!handshake);
  CHECK(message_of(outcome.error) == "TLS handshake with server: wrong version number");
}

}  // namespace
