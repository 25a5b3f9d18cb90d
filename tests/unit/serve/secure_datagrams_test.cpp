#include "serve/secure_datagrams.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

#include "serve/echo.hpp"
#include "unit/serve/secured.hpp"
#include "unit/serve/served.hpp"

namespace {

using namespace served;
using sock::serve::is_greeting;
using sock::serve::SecureDatagrams;
using Told = std::vector<std::string>;
using Kind = sock::io::Attempt::Kind;

sock::wire::TlsContext over_datagrams(sock::wire::TlsPlan::Side side) {
  sock::wire::TlsPlan plan;
  plan.side = side;
  plan.datagrams = true;
  plan.trust = sock::wire::TlsPlan::Trust::anyone;
  if (side == sock::wire::TlsPlan::Side::server) plan.self_signed = {"localhost"};
  return sock::wire::TlsContext(plan);
}

// Passes datagrams on, keeps those that are sent, and hears nothing once they are so many.
class Watched final : public sock::io::Channel {
 public:
  explicit Watched(sock::Socket socket)
      : channel_(sock::io::datagram_channel(std::move(socket), {}, "the server")) {}
  sock::io::Attempt try_read(std::span<std::byte> room) override {
    if (sent.size() >= most) return sock::io::Attempt::blocked();
    return channel_->try_read(room);
  }
  sock::io::Attempt try_write(std::span<const std::byte> data) override {
    sent.emplace_back(reinterpret_cast<const char*>(data.data()), data.size());
    return channel_->try_write(data);
  }
  bool try_finish() override { return true; }
  sock::FdRef read_fd() const noexcept override { return channel_->read_fd(); }
  sock::FdRef write_fd() const noexcept override { return channel_->write_fd(); }
  bool pending() const noexcept override { return channel_->pending(); }
  std::optional<sock::FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool messages() const noexcept override { return true; }
  const std::string& name(bool write) const noexcept override { return channel_->name(write); }

  std::vector<std::string> sent;
  std::size_t most = SIZE_MAX;

 private:
  std::unique_ptr<sock::io::Channel> channel_;
};

class Client {
 public:
  explicit Client(sock::Socket socket)
      : socket_(std::move(socket)),
        watched_(new Watched(socket_.dup())),
        channel_(over_datagrams(sock::wire::TlsPlan::Side::client),
                 std::unique_ptr<sock::io::Channel>(watched_)) {}

  // Only until so many datagrams were sent; what comes after is not heard.
  void greet(std::size_t datagrams) {
    watched_->most = datagrams;
    while (!channel_.try_handshake() && watched_->sent.size() < datagrams) wait();
  }
  Client& agree() {
    watched_->most = SIZE_MAX;
    while (!channel_.try_handshake()) wait();
    return *this;
  }
  void send(std::string_view text) {
    REQUIRE(channel_.try_write(std::as_bytes(std::span(text.data(), text.size()))).kind ==
            Kind::moved);
  }
  std::string read() {
    std::string room(64 * 1024, '\0');
    for (;;) {
      const auto attempt = channel_.try_read(std::as_writable_bytes(std::span(room)));
      if (attempt.kind == Kind::end) return "<end>";
      if (attempt.kind == Kind::moved) return room.substr(0, attempt.bytes);
      wait();
    }
  }
  std::string ask(std::string_view text) {
    send(text);
    return read();
  }
  void finish() { CHECK(channel_.try_finish()); }

  sock::Socket& socket() { return socket_; }
  const std::vector<std::string>& sent() const { return watched_->sent; }

 private:
  void wait() {
    if (channel_.pending()) return;
    const auto left = channel_.resend_in();
    const auto most = std::chrono::milliseconds(20'000);
    const auto time = left ? std::chrono::ceil<std::chrono::milliseconds>(*left) : most;
    pollfd p{channel_.read_fd().get(), POLLIN, 0};
    const bool ready = ::poll(&p, 1, static_cast<int>(time.count())) > 0;
    if (!ready && !left) throw std::runtime_error("the server says nothing");
  }

  sock::Socket socket_;
  Watched* watched_;
  sock::wire::TlsChannel channel_;
};

struct Secured {
  sock::serve::Echo echo;
  sock::wire::TlsContext tls = over_datagrams(sock::wire::TlsPlan::Side::server);
  Served served;

  explicit Secured(sock::serve::Sessions::Options options = {},
                   sock::io::Clock::duration patience = 20s)
      : served(echo, std::move(options), "udp:127.0.0.1:0", {.tls = &tls, .patience = patience}) {}

  sock::Socket socket() const {
    sock::Socket socket(AF_INET, SOCK_DGRAM);
    socket.bind("127.0.0.1", 0);
    socket.connect("127.0.0.1", served.port);
    socket.settimeout(20s);
    return socket;
  }
  Client client() const { return Client(socket()); }
  const Told& told() const { return served.seen.told; }
  auto count(const char* what) const { return std::count(told().begin(), told().end(), what); }
};

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("many speak TLS over one socket, each with a session and an end of its own") {
  Secured secured({.limits = {.in_all = 10}});
  secured.served.while_clients([&] {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 10; ++i) clients.push_back(std::make_unique<Client>(secured.socket()));
    for (const auto& client : clients) client->agree();
    for (const auto& client : clients) {
      client->send("one");
      client->send("and two");
      CHECK(client->read() == "one");
      CHECK(client->read() == "and two");
    }
    for (const auto& client : clients) client->finish();
    for (const auto& client : clients) CHECK(client->read() == "<end>");
  });
  CHECK(secured.count("accepted") == 10);
  CHECK(secured.count("secured DTLSv1.2") == 10);
  CHECK(secured.count("closed: ended 10 10") == 10);
  CHECK(secured.served.sessions.empty());
}

TEST_CASE("the largest message passes both ways") {
  Secured secured({.limits = {.in_all = 1}});
  secured.served.while_clients([&] {
    Client client = secured.client();
    const std::string largest(sock::wire::TlsChannel::largest_message, 'x');
    CHECK(client.agree().ask(largest) == largest);
    client.finish();
    CHECK(client.read() == "<end>");
  });
}

TEST_CASE("nothing is kept of those who do not show that they are where they say") {
  Secured secured({.limits = {.in_all = 1}});
  secured.served.while_clients([&] {
    for (int i = 0; i < 100; ++i) {
      Client stranger = secured.client();
      stranger.greet(1);
      stranger.socket().send("rubbish");
      stranger.socket().send(std::string(60'000, '\x16'));
      CHECK(stranger.socket().recv(4096).size() < stranger.sent().front().size());
    }
    Client client = secured.client();
    CHECK(client.agree().ask("hello") == "hello");
    client.finish();
  });
  CHECK(secured.told() == Told{"accepted", "secured DTLSv1.2", "closed: ended 5 5"});
}

TEST_CASE("another's cookie is none") {
  Secured secured({.limits = {.in_all = 1}});
  secured.served.while_clients([&] {
    Client client = secured.client();
    client.greet(2);  // the second has the cookie
    sock::Socket thief = secured.socket();
    thief.send(client.sent()[1]);
    CHECK(thief.recv(4096).size() < 100);  // a cookie of its own
    CHECK(client.agree().ask("hello") == "hello");
    client.finish();
  });
  CHECK(secured.count("accepted") == 1);
}

TEST_CASE("who stalls in the handshake is waited for so long, and nobody waits for him") {
  Secured secured({.limits = {.in_all = 2}}, 1s);
  secured.served.while_clients([&] {
    Client stalled = secured.client();
    stalled.greet(2);
    Client client = secured.client();
    CHECK(client.agree().ask("hello") == "hello");
    client.finish();
  });
  CHECK(secured.count("closed: ended 5 5") == 1);
  CHECK(secured.count("closed: handshake 0 0") == 1);
}

TEST_CASE("of one host so many agree on TLS at a time, and others may after them") {
  Secured secured({.limits = {.in_all = SecureDatagrams::most_of_one_host + 1}}, 2s);
  secured.served.while_clients([&] {
    std::vector<std::unique_ptr<Client>> stalled;
    for (std::size_t i = 0; i < SecureDatagrams::most_of_one_host; ++i)
      stalled.push_back(std::make_unique<Client>(secured.socket()));
    for (const auto& client : stalled) client->greet(2);
    Client client = secured.client();
    CHECK(client.agree().ask("hello") == "hello");  // asks again, until there is room
    client.finish();
  });
  CHECK(secured.count("denied: too many are agreeing on TLS") > 0);
  CHECK(secured.count("closed: handshake 0 0") == SecureDatagrams::most_of_one_host);
  CHECK(secured.count("closed: ended 5 5") == 1);
}

TEST_CASE("what gets lost of a handshake is sent again by the server, too") {
  Secured secured({.limits = {.in_all = 1}});
  secured.served.while_clients([&] {
    Client client = secured.client();
    client.greet(2);
    // Its flight is not heard: ServerHello (2) comes again.
    int hellos = 0;
    while (hellos < 2) {
      const std::string datagram = client.socket().recv(4096);
      if (datagram.size() > 13 && datagram[0] == 22 && datagram[13] == 2) ++hellos;
    }
    CHECK(client.agree().ask("hello") == "hello");
    client.finish();
  });
  CHECK(secured.count("closed: ended 5 5") == 1);
}

TEST_CASE("who begins anew from his address takes his own place, when the handshake is done") {
  Secured secured({.limits = {.in_all = 2}});
  secured.served.while_clients([&] {
    const sock::Socket socket = secured.socket();
    Client before(socket.dup());
    CHECK(before.agree().ask("hello") == "hello");
    Client after(socket.dup());
    after.greet(2);
    CHECK(after.agree().ask("again") == "again");
    CHECK(after.ask("and again") == "and again");
    after.finish();
  });
  CHECK(secured.told() == Told{"accepted", "secured DTLSv1.2", "accepted", "closed: ended 5 5",
                               "secured DTLSv1.2", "closed: ended 14 14"});
}

TEST_CASE("a greeting that somebody sends once more ends no session") {
  Secured secured({.limits = {.in_all = 2}}, 1s);
  secured.served.while_clients([&] {
    Client client = secured.client();
    CHECK(client.agree().ask("hello") == "hello");
    client.socket().send(client.sent()[1]);
    for (int i = 0; i < 10; ++i) CHECK(client.ask("still there") == "still there");
    client.finish();
  });
  CHECK(secured.count("secured DTLSv1.2") == 1);
  CHECK(secured.count("closed: ended 115 115") == 1);
  CHECK(secured.count("closed: handshake 0 0") == 1);
}

TEST_CASE("rules and limits hold, and nothing is said to whom the rules keep out") {
  sock::serve::Access access(std::vector<sock::serve::Rule>{{false, "127.0.0.2"}}, nullptr);
  Secured secured({.limits = {.at_a_time = 1, .in_all = 2}, .access = std::move(access)});
  secured.served.while_clients([&] {
    sock::Socket kept_out(AF_INET, SOCK_DGRAM);
    kept_out.bind("127.0.0.2", 0);
    kept_out.connect("127.0.0.1", secured.served.port);
    Client first = secured.client();
    CHECK(first.agree().ask("hello") == "hello");
    Client stranger(std::move(kept_out));
    stranger.greet(1);
    Client second = secured.client();
    second.greet(2);
    first.finish();
    CHECK(first.read() == "<end>");
    CHECK_THROWS_AS(stranger.socket().recv(4096, MSG_DONTWAIT), sock::BlockingIOError);
    CHECK(second.agree().ask("hello") == "hello");
    second.finish();
  });
  CHECK(secured.count("denied: not allowed") == 1);
  CHECK(secured.count("closed: ended 5 5") == 2);
}

TEST_CASE("a silent peer is told that it is over") {
  Secured secured({.limits = {.in_all = 1}, .idle = 100ms});
  secured.served.while_clients([&] {
    Client client = secured.client();
    CHECK(client.agree().ask("hello") == "hello");
    CHECK(client.read() == "<end>");
  });
  CHECK(secured.told().back() == "closed: idle 5 5");
}

TEST_CASE("what is no greeting is not looked at") {
  std::string greeting(20, '\0');
  greeting[0] = 22;
  greeting[13] = 1;
  CHECK(is_greeting(bytes_of(greeting)));
  for (const auto& [at, byte] :
       {std::pair(0, 23), std::pair(3, 1), std::pair(4, 1), std::pair(13, 16)}) {
    std::string other = greeting;
    other[static_cast<std::size_t>(at)] = static_cast<char>(byte);
    CHECK(!is_greeting(bytes_of(other)));
  }
  CHECK(!is_greeting(bytes_of(greeting.substr(0, 13))));
  CHECK(!is_greeting({}));
}

}  // namespace
