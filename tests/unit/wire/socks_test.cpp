#include "wire/socks.hpp"

#include <random>
#include <stdexcept>

#include "splits.hpp"

namespace {

using namespace sock::wire;
using namespace splits;
using State = Exchange::State;

const Credentials me{"me", "secret"};
const Logins mine({{"you", "another"}, me});
const std::string granted5 = "\5\0\0\1\300\0\2\1\0\120"s;  // 192.0.2.1:80

SocksClient client5(const ProxyAddress& target, const std::optional<Credentials>& who = {}) {
  return {SocksVersion::v5, SocksCommand::connect, target, who};
}

TEST_CASE("what a SOCKS client says, and how it ends") {
  struct Row {
    const char* what;
    SocksClient client;
    std::string replies;
    Outcome expected;
  };
  const SocksClient v4(SocksVersion::v4, SocksCommand::connect, {"192.0.2.1", 80}, me);
  const SocksClient v4a(SocksVersion::v4a, SocksCommand::connect, {"a.example", 80});
  const std::string ask4 = "\4\1\0\120\300\0\2\1me\0"s, ask4a = "\4\1\0\120\0\0\0\1\0a.example\0"s;
  const std::string hello = "\5\1\0"s, hello_password = "\5\2\0\2"s;
  const std::string ask5 = "\5\1\0\3\11a.example\0\120"s, login = "\1\2me\6secret"s;
  const SocksClient named = client5({"a.example", 80}), user = client5({"a.example", 80}, me);
  const Row rows[] = {
      {"4, granted", v4, "\0\132\0\120\300\0\2\1first"s, {State::done, ask4, "first", ""}},
      {"4, refused",
       v4,
       "\0\133\0\0\0\0\0\0"s,
       {State::failed, ask4, "", "request rejected or failed"}},
      {"4a, granted", v4a, "\0\132\0\0\0\0\0\0"s, {State::done, ask4a, "", ""}},
      {"4, nonsense", v4, "SSH-2.0-x"s, {State::failed, ask4, "", "it does not speak SOCKS 4"}},
      {"5, granted", named, "\5\0"s + granted5 + "first", {State::done, hello + ask5, "first", ""}},
      {"5, IPv6",
       client5({"2001:db8::1", 443}),
       "\5\0\5\0\0\4"s + std::string(16, '\0') + "\0\0"s,
       {State::done, hello + "\5\1\0\4\x20\1\x0d\xb8"s + std::string(11, '\0') + "\1\1\273"s, "",
        ""}},
      {"5, reply with a name", named, "\5\0\5\0\0\3\1x\0\1"s, {State::done, hello + ask5, "", ""}},
      {"5, password",
       user,
       "\5\2\1\0"s + granted5,
       {State::done, hello_password + login + ask5, "", ""}},
      {"5, no password wanted",
       user,
       "\5\0"s + granted5,
       {State::done, hello_password + ask5, "", ""}},
      {"5, wrong password",
       user,
       "\5\2\1\1"s,
       {State::failed, hello_password + login, "", "user or password is wrong"}},
      {"5, wants a password",
       named,
       "\5\377"s,
       {State::failed, hello, "", "it wants a user and a password"}},
      {"5, wants another way",
       user,
       "\5\377"s,
       {State::failed, hello_password, "",
        "it wants another way to log in than user and password"}},
      {"5, chooses what was not offered",
       named,
       "\5\2"s,
       {State::failed, hello, "", "it chose a way to log in that was not offered"}},
      {"5, refused", named, "\5\0\5\5"s, {State::failed, hello + ask5, "", "connection refused"}},
      {"5, not allowed",
       named,
       "\5\0\5\2\0\1\0\0\0\0\0\0"s,
       {State::failed, hello + ask5, "", "connection not allowed by its rules"}},
      {"5, an unknown reply",
       named,
       "\5\0\5\143"s,
       {State::failed, hello + ask5, "", "an unknown reply, 99"}},
      {"5, an unknown address",
       named,
       "\5\0\5\0\0\2\0"s,
       {State::failed, hello + ask5, "", "its reply has an address of no known type"}},
      {"5, nonsense",
       named,
       "HTTP/1.1 400",
       {State::failed, hello, "", "it does not speak SOCKS 5"}},
      {"5, not whole", named, "\5\0\5\0\0\1\300"s, {State::running, hello + ask5, "", ""}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(play_all(row.client, row.replies) == row.expected);
  }
}

TEST_CASE("a SOCKS client knows where the proxy is bound, and who came") {
  SocksClient connect = client5({"a.example", 80});
  connect.feed("\5\0"s + granted5);
  CHECK(connect.bound() == ProxyAddress{"192.0.2.1", 80});

  SocksClient bind(SocksVersion::v5, SocksCommand::bind, {"a.example", 80});
  bind.feed("\5\0"s + granted5);
  CHECK(bind.state() == State::running);
  CHECK(bind.bound() == ProxyAddress{"192.0.2.1", 80});
  CHECK(!bind.peer());
  bind.feed("\5\0\0\1\300\0\2\7\1\0"s);
  CHECK(bind.state() == State::done);
  CHECK(bind.peer() == ProxyAddress{"192.0.2.7", 256});

  SocksClient udp(SocksVersion::v5, SocksCommand::udp_associate, {"0.0.0.0", 0});
  CHECK(udp.take_output() == "\5\1\0"s);
  CHECK(udp.take_output() == "");
  udp.feed("\5\0"s);
  CHECK(udp.take_output() == "\5\3\0\1\0\0\0\0\0\0"s);
}

TEST_CASE("what SOCKS has no words for is refused before anything is sent") {
  const std::string much(256, 'x');
  struct Row {
    SocksVersion version;
    SocksCommand command;
    ProxyAddress target;
    std::optional<Credentials> who;
  };
  const auto connect = SocksCommand::connect;
  const Row rows[] = {{SocksVersion::v4, connect, {"a.example", 1}, {}},
                      {SocksVersion::v4, connect, {"::1", 1}, {}},
                      {SocksVersion::v4a, connect, {"::1", 1}, {}},
                      {SocksVersion::v4a, connect, {"", 1}, {}},
                      {SocksVersion::v4a, connect, {much, 1}, {}},
                      {SocksVersion::v4a, connect, {"a\0b"s, 1}, {}},
                      {SocksVersion::v4, connect, {"192.0.2.1", 1}, Credentials{"a\0b"s, ""}},
                      {SocksVersion::v4, SocksCommand::udp_associate, {"192.0.2.1", 1}, {}},
                      {SocksVersion::v5, connect, {"", 1}, {}},
                      {SocksVersion::v5, connect, {much, 1}, {}},
                      {SocksVersion::v5, connect, {"a", 1}, Credentials{"", "x"}},
                      {SocksVersion::v5, connect, {"a", 1}, Credentials{"x", much}}};
  for (const Row& row : rows)
    CHECK_THROWS_AS(SocksClient(row.version, row.command, row.target, row.who),
                    std::invalid_argument);
}

TEST_CASE("what a SOCKS server answers") {
  struct Row {
    const char* what;
    const Logins* who;
    std::string input;
    Outcome expected;
  };
  const std::string ask5 = "\5\1\0\3\11a.example\0\120"s, yes = "\5\0\0\1\300\0\2\1\1\0"s;
  const Row rows[] = {
      {"5", {}, "\5\1\0"s + ask5 + "first", {State::done, "\5\0"s + yes, "first", ""}},
      {"5, several ways", {}, "\5\3\1\2\0"s + ask5, {State::done, "\5\0"s + yes, "", ""}},
      {"5, password",
       &mine,
       "\5\2\0\2\1\2me\6secret"s + ask5,
       {State::done, "\5\2\1\0"s + yes, "", ""}},
      {"5, wrong password",
       &mine,
       "\5\1\2\1\2me\6secreT"s,
       {State::failed, "\5\2\1\1"s, "", "user or password is wrong"}},
      {"5, a password that only begins so",
       &mine,
       "\5\1\2\1\2me\5secre"s,
       {State::failed, "\5\2\1\1"s, "", "user or password is wrong"}},
      {"5, no password",
       &mine,
       "\5\1\0"s,
       {State::failed, "\5\377"s, "", "it offers no user and password"}},
      {"5, only with a password",
       {},
       "\5\1\2"s,
       {State::failed, "\5\377"s, "", "it wants to log in"}},
      {"5, unknown command",
       {},
       "\5\1\0\5\11\0\1\0\0\0\0\0\0"s,
       {State::failed, "\5\0\5\7\0\1\0\0\0\0\0\0"s, "", "its command is unknown"}},
      {"4",
       {},
       "\4\1\0\120\300\0\2\2me\0first"s,
       {State::done, "\0\132\1\0\300\0\2\1"s, "first", ""}},
      {"4a",
       {},
       "\4\1\0\120\0\0\0\1\0a.example\0"s,
       {State::done, "\0\132\1\0\300\0\2\1"s, "", ""}},
      {"4, unknown command",
       {},
       "\4\3\0\120\300\0\2\2\0"s,
       {State::failed, "\0\133\0\0\0\0\0\0"s, "", "its request is nonsense"}},
      {"4, where a password is needed",
       &mine,
       "\4\1\0\120\300\0\2\2me\0"s,
       {State::failed, "\0\133\0\0\0\0\0\0"s, "", "SOCKS 4 has no password"}},
      {"nonsense", {}, "GET / HTTP/1.0\r\n"s, {State::failed, "", "", "it does not speak SOCKS"}},
      {"not whole", {}, "\5\1\0\5\1\0\3\11a.exam"s, {State::running, "\5\0"s, "", ""}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const auto grant = [](SocksServer& server) {
      if (server.request()) server.grant({"192.0.2.1", 256});
    };
    CHECK(play_all<SocksServer>(SocksServer(row.who), row.input, grant) == row.expected);
  }
}

TEST_CASE("a SOCKS server says who asks for what, and refuses in the words of the version") {
  SocksServer five(&mine);
  five.feed("\5\1\2\1\2me\6secret\5\3\0\4"s + std::string(15, '\0') + "\1\0\65"s);
  REQUIRE(five.request());
  CHECK(five.request()->command == SocksCommand::udp_associate);
  CHECK(five.request()->target == ProxyAddress{"::1", 53});
  CHECK(five.request()->user == "me");
  CHECK(five.take_output() == "\5\2\1\0"s);
  five.refuse(SocksReply::not_allowed);
  CHECK(five.take_output() == "\5\2\0\1\0\0\0\0\0\0"s);
  CHECK(five.state() == State::failed);

  SocksServer four;
  four.feed("\4\1\0\120\300\0\2\2you\0"s);
  REQUIRE(four.request());
  CHECK(four.request()->version == SocksVersion::v4);
  CHECK(four.request()->target == ProxyAddress{"192.0.2.2", 80});
  CHECK(four.request()->user == "you");
  four.refuse(SocksReply::refused);
  CHECK(four.take_output() == "\0\133\0\0\0\0\0\0"s);

  SocksServer bind;
  bind.feed("\5\1\0\5\2\0\1\0\0\0\0\0\0"s);
  REQUIRE(bind.request());
  bind.grant({"192.0.2.1", 1});
  CHECK(bind.state() == State::running);
  bind.grant({"192.0.2.9", 2});
  CHECK(bind.state() == State::done);
}

TEST_CASE("however much comes right after a request, it is for the destination") {
  SocksServer server;
  const std::string much(100'000, 'x');
  server.feed("\5\1\0\5\1\0\3\1a\0\120"s + much);
  server.feed(much);
  REQUIRE(server.state() == State::running);
  REQUIRE(server.request());
  server.grant({"192.0.2.1", 1});
  CHECK(server.state() == State::done);
  CHECK((server.take_leftover() == much + much));
}

TEST_CASE("both sides of SOCKS understand each other") {
  for (const auto version : {SocksVersion::v4, SocksVersion::v4a, SocksVersion::v5}) {
    for (const bool login : {false, true}) {
      if (login && version != SocksVersion::v5) continue;
      const ProxyAddress target{version == SocksVersion::v4 ? "192.0.2.1" : "a.example", 8080};
      const std::optional<Credentials> who = login ? std::optional(me) : std::nullopt;
      SocksClient client(version, SocksCommand::connect, target, who);
      SocksServer server(login ? &mine : nullptr);
      for (int turn = 0; turn < 5; ++turn) {
        server.feed(client.take_output());
        if (server.request() && server.state() == State::running) {
          CHECK(server.request()->target == target);
          CHECK(server.request()->version == version);
          server.grant({"192.0.2.5", 5});
        }
        client.feed(server.take_output());
      }
      CHECK(client.state() == State::done);
      CHECK(client.bound() == ProxyAddress{"192.0.2.5", 5});
    }
  }
}

TEST_CASE("datagrams through SOCKS 5") {
  const ProxyAddress addresses[] = {{"192.0.2.1", 53}, {"2001:db8::1", 65535}, {"a.example", 1}};
  for (const ProxyAddress& address : addresses) {
    const std::string datagram = socks_datagram_header(address) + "data";
    const auto parsed = parse_socks_datagram(datagram);
    REQUIRE(parsed);
    CHECK(parsed->address == address);
    CHECK(datagram.substr(parsed->data) == "data");
    for (std::size_t size = 0; size < parsed->data; ++size)
      CHECK(!parse_socks_datagram(datagram.substr(0, size)));
    std::string fragment = datagram;
    fragment[2] = '\1';
    CHECK(!parse_socks_datagram(fragment));
  }
}

TEST_CASE("no bytes at all make SOCKS wait for ever, or fall over") {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string noise(4096, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    noise[0] = random() % 2 == 0 ? '\5' : '\4';
    SocksServer server;
    server.feed(noise);
    CHECK((server.request() || server.state() != State::running));
    SocksClient client = client5({"a.example", 80});
    client.feed(noise);
    CHECK(client.state() != State::running);
  }
}

TEST_CASE("a request that is too long is refused, whole or in pieces") {
  const std::string request = "\4\1\0\120\0\0\0\1me\0"s + std::string(1024, 'h') + '\0';
  SocksServer whole(nullptr), pieces(nullptr);
  whole.feed(request);
  for (const char c : request) pieces.feed({&c, 1});
  for (const SocksServer* server : {&whole, &pieces}) {
    CHECK(server->state() == Exchange::State::failed);
    CHECK(server->error() == "a message of more than 1024 bytes");
    CHECK_FALSE(server->request());
  }
}

}  // namespace
