#include "wire/http_connect.hpp"

#include <random>
#include <stdexcept>

#include "splits.hpp"

namespace {

using namespace sock::wire;
using namespace splits;
using State = Exchange::State;

const Credentials me{"me", "secret"};
const Logins mine({{"you", "another"}, me});
const std::string ask = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n";
const std::string basic = "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n";
const std::string wants_basic =
    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n";

HttpConnectClient client(const std::optional<Credentials>& who = {}) {
  return HttpConnectClient({"a.example", 443}, who);
}

TEST_CASE("what a client of CONNECT says, and how it ends") {
  struct Row {
    const char* what;
    std::optional<Credentials> who;
    std::string replies;
    Outcome expected;
  };
  const Row rows[] = {
      {"granted", {}, "HTTP/1.1 200 OK\r\n\r\nfirst", {State::done, ask + "\r\n", "first", ""}},
      {"granted, with fields",
       {},
       "HTTP/1.0 200 Connection established\r\nVia: x\r\nContent-Length: 5\r\n\r\nfirst",
       {State::done, ask + "\r\n", "first", ""}},
      {"lines without CR",
       {},
       "HTTP/1.1 200 OK\n\nfirst",
       {State::done, ask + "\r\n", "first", ""}},
      {"no reason", {}, "HTTP/1.1 200\r\n\r\n", {State::done, ask + "\r\n", "", ""}},
      {"after an interim reply",
       {},
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
       {State::done, ask + "\r\n", "", ""}},
      {"refused",
       {},
       "HTTP/1.1 403 Forbidden by rule 7\r\n\r\n",
       {State::failed, ask + "\r\n", "", "403 Forbidden by rule 7"}},
      {"wants a password of who has none",
       {},
       wants_basic + "\r\n",
       {State::failed, ask + "\r\n", "", "407 Proxy Authentication Required"}},
      {"Basic, on the same connection",
       me,
       wants_basic + "Content-Length: 3\r\n\r\nbye" + "HTTP/1.1 200 OK\r\n\r\nfirst",
       {State::done, ask + "\r\n" + ask + basic + "\r\n", "first", ""}},
      {"Basic, and it was wrong",
       me,
       wants_basic + "Content-Length: 0\r\n\r\n" + wants_basic + "\r\n",
       {State::failed, ask + "\r\n" + ask + basic + "\r\n", "",
        "407 Proxy Authentication Required"}},
      {"an unknown way to log in",
       me,
       "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\n\r\n",
       {State::failed, ask + "\r\n", "", "it offers no way to log in that is known"}},
      {"no status",
       {},
       "HTTP/1.1 abc\r\n\r\n",
       {State::failed, ask + "\r\n", "", "its reply has no status"}},
      {"no words",
       {},
       "HTTP/1.1\r\n\r\n",
       {State::failed, ask + "\r\n", "", "its reply has no status"}},
      {"not HTTP", {}, "\5\0", {State::failed, ask + "\r\n", "", "it does not speak HTTP"}},
      {"not whole", {}, "HTTP/1.1 200 OK\r\n", {State::running, ask + "\r\n", "", ""}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(play_all(client(row.who), row.replies) == row.expected);
  }
}

TEST_CASE("a proxy that closes is given the password on a new connection") {
  for (const char* fields : {"Connection: close\r\nContent-Length: 0\r\n", "",
                             "Transfer-Encoding: chunked\r\n", "Content-Length: 99999999\r\n"}) {
    INFO(fields);
    HttpConnectClient machine = client(me);
    CHECK(machine.take_output() == ask + "\r\n");
    machine.feed(wants_basic + fields + "\r\nrest of the old one");
    CHECK(machine.state() == State::running);
    REQUIRE(machine.wants_new_connection());
    machine.feed("HTTP/1.1 200 still the old one\r\n\r\n");
    CHECK(machine.state() == State::running);
    machine.connected_anew();
    CHECK(machine.take_output() == ask + basic + "\r\n");
    machine.feed("HTTP/1.1 200 OK\r\n\r\n");
    CHECK(machine.state() == State::done);
  }
}

TEST_CASE("an IPv6 address stands in brackets, and what would end a line is refused") {
  HttpConnectClient six({"2001:db8::1", 22});
  CHECK(six.take_output().starts_with("CONNECT [2001:db8::1]:22 HTTP/1.1\r\n"));
  for (const char* host : {"", "a b", "a\r\nX: y", "a\x7f"})
    CHECK_THROWS_AS(HttpConnectClient({host, 1}), std::invalid_argument);
  CHECK_THROWS_AS(HttpConnectClient({"a", 1}, Credentials{"a:b", "c"}), std::invalid_argument);
}

TEST_CASE("a head without end is refused, however it comes") {
  HttpConnectClient machine = client();
  machine.feed("HTTP/1.1 200 OK\r\n");
  for (int i = 0; i < 700 && machine.state() == State::running; ++i)
    machine.feed("X: " + std::string(97, 'x') + "\r\n");
  CHECK(machine.state() == State::failed);
  CHECK(machine.error() == "a message of more than 65536 bytes");
}

TEST_CASE("what a server of CONNECT answers") {
  struct Row {
    const char* what;
    const Logins* who;
    std::string input;
    Outcome expected;
  };
  const std::string yes = "HTTP/1.1 200 Connection established\r\n\r\n";
  const std::string login =
      "HTTP/1.1 407 Proxy Authentication Required\r\n"
      "Proxy-Authenticate: Basic realm=\"sock\"\r\nContent-Length: 0\r\n\r\n";
  const auto no = [](const std::string& status) {
    return "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  };
  const Row rows[] = {
      {"granted", {}, ask + "\r\nfirst", {State::done, yes, "first", ""}},
      {"HTTP/1.0", {}, "CONNECT [::1]:1 HTTP/1.0\n\n", {State::done, yes, "", ""}},
      {"with the password", &mine, ask + basic + "\r\n", {State::done, yes, "", ""}},
      {"first without",
       &mine,
       ask + "\r\n" + ask + basic + "\r\n",
       {State::done, login + yes, "", ""}},
      {"with a wrong one",
       &mine,
       ask + "Proxy-Authorization: Basic bWU6c2VjcmVU\r\n\r\n",
       {State::failed, login, "", "user or password is wrong"}},
      {"with another scheme",
       &mine,
       ask + "Proxy-Authorization: Bearer x\r\n\r\n",
       {State::failed, login, "", "user or password is wrong"}},
      {"another method",
       {},
       "GET http://a.example/ HTTP/1.1\r\n\r\n",
       {State::failed,
        "HTTP/1.1 405 Method Not Allowed\r\nAllow: CONNECT\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n",
        "", "405 Method Not Allowed"}},
      {"no port",
       {},
       "CONNECT a.example HTTP/1.1\r\n\r\n",
       {State::failed, no("400 Bad Request"), "", "400 Bad Request"}},
      {"port 0",
       {},
       "CONNECT a.example:0 HTTP/1.1\r\n\r\n",
       {State::failed, no("400 Bad Request"), "", "400 Bad Request"}},
      {"no version",
       {},
       "CONNECT a.example:1\r\n\r\n",
       {State::failed, no("400 Bad Request"), "", "400 Bad Request"}},
      {"another protocol",
       {},
       "\5\1\0"s,
       {State::failed, no("400 Bad Request"), "", "400 Bad Request"}},
      {"IPv6 without brackets",
       {},
       "CONNECT ::1:1 HTTP/1.1\r\n\r\n",
       {State::failed, no("400 Bad Request"), "", "400 Bad Request"}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const auto grant = [](HttpConnectServer& server) {
      if (server.request()) server.grant();
    };
    CHECK(play_all<HttpConnectServer>(HttpConnectServer(row.who), row.input, grant) ==
          row.expected);
  }
}

TEST_CASE("a server of CONNECT says what is asked for, and refuses with a status") {
  HttpConnectServer server;
  server.feed("CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(server.request());
  CHECK(*server.request() == ProxyAddress{"2001:db8::1", 443});
  server.refuse(502, "Bad Gateway");
  CHECK(server.state() == State::failed);
  CHECK(server.take_output().starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
}

TEST_CASE("a server of CONNECT knows who logged in, and takes no head without an end") {
  HttpConnectServer server(&mine);
  server.feed(ask + basic + "\r\n");
  CHECK(server.request());
  CHECK(server.user() == "me");

  HttpConnectServer endless;
  endless.feed(ask);
  for (int i = 0; i < 1024 && endless.state() == State::running; ++i)
    endless.feed("X-More: and more\r\n");
  CHECK(endless.state() == State::failed);
  CHECK(endless.take_output().starts_with("HTTP/1.1 431 "));
}

TEST_CASE("no bytes at all make CONNECT fall over") {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string text = wants_basic + "Content-Length: 3\r\n\r\nbyeHTTP/1.1 200 OK\r\n\r\n";
    for (int k = 0; k < 4; ++k) text[random() % text.size()] = static_cast<char>(random());
    HttpConnectClient machine = client(me);
    machine.feed(text);
    HttpConnectServer server(&mine);
    server.feed(text);
    CHECK(!server.request());
  }
}

}  // namespace
