#include "wire/tls_channel.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "support/temp.hpp"
#include "tls_ends.hpp"

namespace {

using namespace tls_ends;
using io::Attempt;
using wire::TlsErrc;
using wire::TlsError;

TlsErrc code_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const TlsError& e) {
    return static_cast<TlsErrc>(e.code().value());
  }
}

template <class Call>
TlsErrc code_of_call(Call call) {
  try {
    call();
  } catch (...) {
    return code_of(std::current_exception());
  }
  FAIL("nothing was thrown");
  return {};
}

// Writes past the channel, as somebody on the way could.
void inject(const io::Channel& channel, const std::string& bytes) {
  REQUIRE(::write(channel.write_fd().get(), bytes.data(), bytes.size()) ==
          static_cast<ssize_t>(bytes.size()));
}

// A plain end on the other side of a TLS channel.
struct Half {
  explicit Half(const TlsPlan& plan) {
    auto [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    channel = std::make_unique<TlsChannel>(TlsContext(plan),
                                           io::socket_channel(std::move(a), "the peer"));
    plain = io::socket_channel(std::move(b), "TLS");
  }
  std::unique_ptr<TlsChannel> channel;
  std::unique_ptr<io::Channel> plain;
};

TEST_CASE("two ends agree, and bytes go both ways") {
  Ends ends;
  REQUIRE(ends.agreed());
  put(*ends.client, "question");
  CHECK(take(*ends.server) == "question");
  CHECK(take(*ends.server) == "<blocked>");
  put(*ends.server, "answer");
  CHECK(take(*ends.client) == "answer");
}

TEST_CASE("the session tells what was agreed on, and of the server's certificate") {
  TlsPlan of_client = client_plan(), of_server = server_plan();
  of_client.alpn = {"h2", "http/1.1"};
  of_server.alpn = {"http/1.1", "h2"};
  Ends ends(of_client, of_server);
  REQUIRE(ends.agreed());
  const wire::TlsSession session = ends.client->session();
  CHECK(session.version == "TLSv1.3");
  CHECK(!session.cipher.empty());
  CHECK(session.alpn == "http/1.1");  // the server's choice
  CHECK(!session.resumed);
  REQUIRE(session.peer);
  CHECK(session.peer->names == std::vector<std::string>{"localhost"});
  CHECK(!ends.server->session().peer);
}

TEST_CASE("the end of one direction leaves the other open") {
  Ends ends;
  REQUIRE(ends.agreed());
  put(*ends.client, "all");
  CHECK(ends.client->try_finish());
  CHECK(ends.client->try_finish());  // again is fine
  CHECK(take(*ends.server) == "all");
  CHECK(take(*ends.server) == "<end>");
  put(*ends.server, "late answer");
  CHECK(take(*ends.client) == "late answer");
  CHECK(ends.server->try_finish());
  CHECK(take(*ends.client) == "<end>");
  CHECK(take(*ends.client) == "<end>");
}

TEST_CASE("an end without close_notify is told as what it is") {
  for (const bool wanted : {true, false}) {
    Ends ends;
    REQUIRE(ends.agreed());
    put(*ends.client, "half of it");
    CHECK(take(*ends.client) == "<blocked>");  // session tickets; unread, they would make a reset
    if (!wanted) ends.server->believe_any_end();
    ends.client.reset();
    CHECK(take(*ends.server) == "half of it");
    if (!wanted) {
      CHECK(take(*ends.server) == "<end>");
      continue;
    }
    CHECK(code_of_call([&] { take(*ends.server); }) == TlsErrc::cut_short);
    CHECK(code_of_call([&] { take(*ends.server); }) == TlsErrc::cut_short);  // it stays so
  }
}

TEST_CASE("a peer that has ended its side so may still read") {
  Ends ends;
  REQUIRE(ends.agreed());
  REQUIRE(::shutdown(ends.client->write_fd().get(), SHUT_WR) == 0);
  CHECK(code_of_call([&] { take(*ends.server); }) == TlsErrc::cut_short);
  put(*ends.server, "answer");
  CHECK(ends.server->try_finish());
  CHECK(take(*ends.client) == "answer");
  CHECK(take(*ends.client) == "<end>");
}

TEST_CASE("what does not fit is taken again, and nothing is lost or doubled") {
  Ends ends;
  REQUIRE(ends.agreed());
  const std::string all = support::random_bytes(3'000'000);
  std::string came;
  std::size_t sent = 0;
  int blocked = 0;
  while (came.size() < all.size()) {
    while (sent < all.size()) {
      const Attempt attempt = ends.client->try_write(
          bytes(all).subspan(sent, std::min<std::size_t>(all.size() - sent, 200'000)));
      if (attempt.kind == Attempt::Kind::blocked) {
        ++blocked;
        CHECK(ends.client->wants(false, true).write_fd == io::Interest::write);
        break;
      }
      sent += attempt.bytes;
    }
    const std::string part = take(*ends.server, 100'000);
    REQUIRE(part != "<end>");
    if (part != "<blocked>") came += part;
  }
  CHECK(blocked > 0);
  CHECK(sent == all.size());
  CHECK((came == all));
}

TEST_CASE("all that there is room for is taken by one write, and given by one read") {
  Ends ends;
  for (const TlsChannel* end : {ends.client.get(), ends.server.get()}) {
    const int room = 200'000;  // which the kernel doubles
    const int fd = end->write_fd().get();
    REQUIRE(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0);
  }
  REQUIRE(ends.agreed());
  const std::vector<std::byte> data(150'000, std::byte{'x'});
  CHECK(ends.client->try_write(data) == Attempt::moved(data.size()));
  std::vector<std::byte> room(300'000);
  CHECK(ends.server->try_read(room) == Attempt::moved(data.size()));
  CHECK(std::equal(data.begin(), data.end(), room.begin()));
}

TEST_CASE("over TCP a short answer does not wait for what TLS had to say before it") {
  Socket listener = create_server("127.0.0.1", 0);
  Socket near(AF_INET, SOCK_STREAM);
  near.connect(listener.getsockname());
  const TlsChannel channel(TlsContext(client_plan()), io::socket_channel(std::move(near), "it"));
  int at_once = 0;
  socklen_t size = sizeof at_once;
  REQUIRE(::getsockopt(channel.write_fd().get(), IPPROTO_TCP, TCP_NODELAY, &at_once, &size) == 0);
  CHECK(at_once == 1);
}

TEST_CASE("bytes in store are told of, and half a record is none") {
  Ends ends;
  REQUIRE(ends.agreed());
  put(*ends.client, std::string(30'000, 'x'));
  CHECK(take(*ends.server, 10).size() == 10);
  CHECK(ends.server->pending());
  CHECK(take(*ends.server, 40'000).size() == 29'990);
  CHECK(!ends.server->pending());

  inject(*ends.client, std::string("\x17\x03\x03\x01", 4));
  CHECK(take(*ends.server) == "<blocked>");
  CHECK(!ends.server->pending());
}

TEST_CASE("an end or a failure that comes with the last bytes is told of as well") {
  for (const bool broken : {false, true}) {
    Ends ends;
    REQUIRE(ends.agreed());
    put(*ends.client, "the last");
    if (broken)
      inject(*ends.client, std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    else
      CHECK(ends.client->try_finish());
    CHECK(take(*ends.server) == "the last");
    CHECK(ends.server->pending());
    if (broken)
      CHECK(code_of_call([&] { take(*ends.server); }) == TlsErrc::transfer);
    else
      CHECK(take(*ends.server) == "<end>");
  }
}

TEST_CASE("a peer that does not speak TLS is told apart from one that ends") {
  Half half(client_plan());
  CHECK(!half.channel->try_handshake());
  put(*half.plain, "SSH-2.0-server\r\n");
  try {
    (void)half.channel->try_handshake();
    FAIL("agreed with text");
  } catch (const TlsError& error) {
    CHECK(error.code() == TlsErrc::handshake);
    CHECK(error.cause() == "wrong version number");
    CHECK(std::string(error.what()) == "TLS handshake with the peer: wrong version number");
  }

  Half ended(client_plan());
  CHECK(!ended.channel->try_handshake());
  CHECK(!take(*ended.plain).empty());
  ended.plain.reset();
  try {
    (void)ended.channel->try_handshake();
    FAIL("agreed with nobody");
  } catch (const TlsError& error) {
    CHECK(error.code() == TlsErrc::broken_off);
    CHECK(error.cause() == "the peer ended the connection");
  }
}

TEST_CASE("a record that is broken on its way is an error, and the end of it") {
  Ends ends;
  REQUIRE(ends.agreed());
  inject(*ends.server, std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  CHECK(code_of_call([&] { take(*ends.client); }) == TlsErrc::transfer);
  CHECK(code_of_call([&] { (void)ends.client->try_write(bytes("more")); }) == TlsErrc::transfer);
}

TEST_CASE("no protocol in common is no agreement") {
  TlsPlan of_client = client_plan(), of_server = server_plan();
  of_client.alpn = {"h2"};
  of_server.alpn = {"imap"};
  Ends ends(of_client, of_server);
  ends.shake_hands();
  CHECK(code_of(ends.client_error) == TlsErrc::handshake);
  CHECK(message_of(ends.client_error).find("no application protocol") != std::string::npos);
  CHECK(code_of(ends.server_error) == TlsErrc::handshake);
}

TEST_CASE("a client learns by its first read that a server wants its certificate") {
  TlsPlan of_server = server_plan();
  of_server.trust = TlsPlan::Trust::pins;
  of_server.pins = {"sha256:" + std::string(64, '0')};
  Ends ends(client_plan(), of_server);
  ends.shake_hands();
  CHECK(!ends.client_error);
  CHECK(code_of(ends.server_error) == TlsErrc::handshake);
  CHECK(code_of_call([&] { take(*ends.client); }) == TlsErrc::handshake);
}

TEST_CASE("the oldest version is a matter of choice") {
  TlsPlan of_client = client_plan();
  of_client.minimum = TlsPlan::Version::v1_3;
  Ends ends(of_client);
  REQUIRE(ends.agreed());
  CHECK(ends.server->session().version == "TLSv1.3");
}

}  // namespace
