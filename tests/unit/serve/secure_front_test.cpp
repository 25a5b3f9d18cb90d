#include "serve/secure_front.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "serve/discard.hpp"
#include "serve/echo.hpp"
#include "serve/send_file.hpp"
#include "unit/serve/secured.hpp"
#include "unit/serve/served.hpp"

namespace {

using namespace served;
using Told = std::vector<std::string>;

struct Secured {
  sock::wire::TlsContext tls = server_context();
  Served served;

  explicit Secured(sock::serve::Mode& mode, sock::serve::Sessions::Options options = {},
                   sock::io::Clock::duration patience = 20s)
      : served(mode, std::move(options), "127.0.0.1:0", {.tls = &tls, .patience = patience}) {}
  SecureClient client() const { return SecureClient(served.client()); }
};

bool begins(const std::string& text, std::string_view with) { return text.starts_with(with); }

TEST_CASE("many speak TLS at once, and each end is carried through") {
  sock::serve::Echo echo;
  Secured secured(echo, {.limits = {.in_all = 10}});
  const std::string much(300'000, 'x');
  secured.served.while_clients([&] {
    std::vector<std::unique_ptr<SecureClient>> clients;
    for (int i = 0; i < 10; ++i)
      clients.push_back(std::make_unique<SecureClient>(secured.served.client()));
    for (const auto& client : clients) {
      client->send("hello");
      CHECK(client->read() == "hello");
    }
    clients.front()->send(much.substr(0, 100'000));
    for (const auto& client : clients) client->finish();
    CHECK(clients.front()->read_to_end().size() == 100'000);
    for (std::size_t i = 1; i < clients.size(); ++i) CHECK(clients[i]->read_to_end().empty());
  });
  const Told& told = secured.served.seen.told;
  CHECK(std::count(told.begin(), told.end(), "secured TLSv1.3") == 10);
  CHECK(std::count(told.begin(), told.end(), "closed: ended 5 5") == 9);
  CHECK(std::count(told.begin(), told.end(), "closed: ended 100005 100005") == 1);
  CHECK(secured.served.sessions.empty());
}

TEST_CASE("an end without close_notify is told as broken, and what came before is served") {
  sock::serve::Echo echo;
  Secured secured(echo, {.limits = {.in_all = 1}});
  secured.served.while_clients([&] {
    SecureClient client = secured.client();
    client.send("hello");
    ::shutdown(client.fd().get(), SHUT_WR);
    CHECK(client.read_to_end() == "hello");
  });
  const Told& told = secured.served.seen.told;
  REQUIRE(told.size() == 4);
  CHECK(told[2].find("without TLS's close_notify") != std::string::npos);
  CHECK(told[3] == "closed: failed 5 5");
}

TEST_CASE("who is sent a file gets it whole, then the end, however slowly it is read") {
  std::string content;
  while (content.size() < 4 * 1024 * 1024) content += std::to_string(content.size()) + ' ';
  const sock::Fd file(::memfd_create("test", MFD_CLOEXEC));
  REQUIRE(::write(file.get(), content.data(), content.size()) ==
          static_cast<ssize_t>(content.size()));
  sock::serve::SendFile mode("/proc/self/fd/" + std::to_string(file.get()));
  Secured secured(mode, {.limits = {.in_all = 2}});
  secured.served.while_clients([&] {
    SecureClient one = secured.client(), other = secured.client();
    one.finish();
    other.send("what is said is dropped");
    const bool whole = one.read_to_end() == content && other.read_to_end() == content;
    CHECK(whole);
    // That its own end is missing is nobody's loss.
  });
  const Told& told = secured.served.seen.told;
  const std::string sent = std::to_string(content.size());
  CHECK(std::count(told.begin(), told.end(), "closed: ended 0 " + sent) == 1);
  CHECK(std::count(told.begin(), told.end(), "closed: ended 23 " + sent) == 1);
}

TEST_CASE("a handshake that stalls holds up nobody, counts for the limits, and is given up") {
  sock::serve::Echo echo;
  Secured secured(echo, {.limits = {.at_a_time = 2, .in_all = 3}}, 300ms);
  secured.served.while_clients([&] {
    sock::Socket silent = secured.served.client();
    SecureClient client = secured.client();
    client.send("a");
    CHECK(client.read() == "a");
    SecureClient third = secured.client();  // in the place of the silent one
    third.send("b");
    CHECK(third.read() == "b");
    CHECK(read_to_end(silent) == "");
    third.finish();
    client.finish();
    CHECK(third.read_to_end() == "");
    CHECK(client.read_to_end() == "");
  });
  const Told& told = secured.served.seen.told;
  const auto given_up = std::find(told.begin(), told.end(), "closed: handshake 0 0");
  const auto last_accepted = std::find(told.rbegin(), told.rend(), "accepted");
  REQUIRE(given_up != told.end());
  CHECK(given_up < last_accepted.base());
}

TEST_CASE("a handshake that fails is told with its reason, which the peer is told, too") {
  sock::serve::Discard discard;
  Secured secured(discard, {.limits = {.in_all = 2}});
  secured.served.while_clients([&] {
    sock::Socket plain = secured.served.client();
    plain.sendall("GET / HTTP/1.0\r\n\r\n");
    CHECK(!begins(read_to_end(plain), "HTTP"));
    plain.close();
    SecureClient client = secured.client();
    client.send("bytes");
    client.finish();
    CHECK(client.read_to_end() == "");
  });
  const Told& told = secured.served.seen.told;
  CHECK(std::count(told.begin(), told.end(), "closed: handshake 0 0") == 1);
  CHECK(std::count(told.begin(), told.end(), "closed: ended 5 0") == 1);
  CHECK(std::none_of(told.begin(), told.end(),
                     [](const std::string& line) { return begins(line, "broken"); }));
}

TEST_CASE("what is dropped is counted, and the peer's end is answered with ours") {
  sock::serve::Discard discard;
  Secured secured(discard, {.limits = {.in_all = 1}});
  secured.served.while_clients([&] {
    SecureClient client = secured.client();
    client.send(std::string(200'000, 'x'));
    client.finish();
    CHECK(client.read_to_end().empty());
  });
  CHECK(secured.served.seen.told.back() == "closed: ended 200000 0");
}

TEST_CASE(
    "a mode whose bytes are limited has a socket of its own, and the peer sees no difference") {
  sock::serve::Echo echo({.max_bytes = 5});
  Secured secured(echo, {.limits = {.in_all = 1}});
  secured.served.while_clients([&] {
    SecureClient client = secured.client();
    client.send("hello, and more");
    CHECK(client.read_to_end() == "hello");
    client.finish();
  });
  CHECK(secured.served.seen.told.back() == "closed: enough 15 5");
}

TEST_CASE("an idle peer is ended through TLS as well") {
  sock::serve::Echo echo;
  Secured secured(echo, {.limits = {.in_all = 1}, .idle = 200ms});
  secured.served.while_clients([&] {
    SecureClient client = secured.client();
    client.send("hello");
    CHECK(client.read() == "hello");
    CHECK_THROWS_WITH(client.read_to_end(), doctest::Contains("close_notify"));
  });
  CHECK(secured.served.seen.told.back() == "closed: idle 5 5");
}

TEST_CASE("a peer that is reset is told of, and its session ends") {
  sock::serve::Echo echo;
  Secured secured(echo, {.limits = {.in_all = 1}});
  secured.served.while_clients([&] {
    SecureClient client = secured.client();
    client.send("hello");
    CHECK(client.read() == "hello");
    const std::array<int, 2> at_once{1, 0};  // struct linger: its close is a reset
    ::setsockopt(client.fd().get(), SOL_SOCKET, SO_LINGER, at_once.data(), sizeof at_once);
  });
  CHECK(secured.served.seen.told.back() == "closed: reset 5 5");
}

}  // namespace
