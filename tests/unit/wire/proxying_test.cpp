#include "wire/proxying.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "recorder.hpp"
#include "sock/create.hpp"
#include "support/peer.hpp"
#include "wire/proxy_error.hpp"

using namespace sock;
using namespace sock::wire;
using namespace std::chrono_literals;
using support::Peer;
using support::Steps;

namespace {

using Lines = std::vector<std::string>;

DialPlan plan_for(const std::string& proxies, const std::string& target, Timeout timeout = 20s) {
  DialPlan plan;
  plan.target = parse_endpoint(target);
  plan.proxy.hops = parse_proxies(proxies);
  plan.timeout = timeout;
  return plan;
}

const ProxyError& proxy_error(const std::exception_ptr& error, std::optional<ProxyError>& keep) {
  try {
    std::rethrow_exception(error);
  } catch (const ProxyError& e) {
    keep = e;
  }
  return *keep;
}

// One dial on a loop of its own, to its end.
struct Run {
  io::Loop loop;
  Recorder seen;
  std::optional<Dialed> dialed;
  std::exception_ptr error;
  int told = 0;

  explicit Run(const DialPlan& plan, const FindPaths& find = find_paths) {
    const Dialing dialing(
        loop, plan, seen,
        [this](std::exception_ptr e, Dialed* d) {
          error = std::move(e);
          if (d) dialed = std::move(*d);
          ++told;
        },
        find);
    loop.run();
    CHECK(told == 1);
    CHECK(dialed.has_value() == (error == nullptr));
  }
  ProxyError refusal() const {
    std::optional<ProxyError> kept;
    return proxy_error(error, kept);
  }
};

// A server that takes connection after connection, and hands each to the next of these.
struct Script {
  using Part = std::function<void(Socket)>;
  Socket listener{AF_INET, SOCK_STREAM};
  std::future<void> played;

  explicit Script(std::vector<Part> parts) {
    listener.settimeout(20s);
    listener.bind(Address::inet("127.0.0.1", 0));
    listener.listen();
    played = std::async(std::launch::async, [this, parts = std::move(parts)] {
      for (const Part& part : parts) {
        Socket one = listener.accept().first;
        one.settimeout(20s);
        part(std::move(one));
      }
    });
  }
  std::string address() const { return to_string(listener.getsockname()); }
};

std::string read_head(Socket& socket) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const std::string byte = socket.recv(1);
    if (byte.empty()) break;
    head += byte;
  }
  return head;
}

const std::string hello("\5\0", 2), granted("\5\0\0\1\0\0\0\0\0\0", 10);
// For "a:80".
const std::string request("\5\1\0\3\1a\0\x50", 8);

}  // namespace

TEST_CASE("a proxy is asked, and what comes after its answer stays in the socket") {
  auto proxy = Peer::server(
      {Steps::read(3), Steps::write(hello), Steps::read(8), Steps::write(granted + "first bytes")});
  const std::string url = "socks5h://" + proxy->address();
  Run run(plan_for(url, "a:80"));
  REQUIRE(run.dialed);
  CHECK(run.dialed->name == "a:80");
  CHECK_FALSE(run.dialed->peer);
  CHECK(run.dialed->socket.gettimeout().blocking());
  CHECK(run.seen.lines == Lines{"attempt " + proxy->address(), "proxying " + url + " for a:80",
                                "proxied " + url + " for a:80", "connected a:80"});
  CHECK(run.dialed->socket.recv(100) == "first bytes");
  CHECK(proxy->finish() == std::string("\5\1\0", 3) + request);
}

TEST_CASE("an answer may come byte by byte") {
  std::vector<support::Step> steps{Steps::read(3)};
  for (const char c : hello) {
    steps.push_back(Steps::write({&c, 1}));
    steps.push_back(Steps::pause(2ms));
  }
  steps.push_back(Steps::read(8));
  for (const char c : granted + "x") {
    steps.push_back(Steps::write({&c, 1}));
    steps.push_back(Steps::pause(2ms));
  }
  auto proxy = Peer::server(steps);
  Run run(plan_for("socks5h://" + proxy->address(), "a:80"));
  REQUIRE(run.dialed);
  CHECK(run.dialed->socket.recv(100) == "x");
}

TEST_CASE("one connection goes through several proxies of different kinds") {
  // One peer plays all three: each is reached through the one before.
  const std::string http = "CONNECT b:2 HTTP/1.1\r\nHost: b:2\r\n\r\n";
  const std::string socks4("\4\1\0\x50\0\0\0\1\0a\0", 11);
  auto proxy = Peer::server(
      {Steps::read(3), Steps::write(hello), Steps::read(9), Steps::write(granted),
       Steps::read(http.size()), Steps::write("HTTP/1.0 200 fine\r\nX: y\r\n\r\n"),
       Steps::read(socks4.size()), Steps::write(std::string("\0\x5a\0\0\0\0\0\0", 8) + "welcome")});
  Run run(plan_for("socks5h://" + proxy->address() + ",http://pp:1,socks4a://b:2", "a:80"));
  REQUIRE(run.dialed);
  CHECK(run.dialed->socket.recv(100) == "welcome");
  CHECK(proxy->finish() == std::string("\5\1\0\5\1\0\3\2pp\0\1", 12) + http + socks4);
}

TEST_CASE("a refusal has the proxy's words, and which of several it was") {
  struct Row {
    const char* scheme;
    std::string answer;
    ProxyErrc kind;
    const char* cause;
  };
  const Row rows[] = {
      {"http://", "HTTP/1.1 403 No\x1b[31m\r\n\r\n", ProxyErrc::forbidden, "403 No\x1b[31m"},
      {"http://", "HTTP/1.1 502 Bad Gateway\r\n\r\n", ProxyErrc::failed, "502 Bad Gateway"},
      {"http://", "HTTP/1.1 407 Who?\r\n\r\n", ProxyErrc::login, "407 Who?"},
      {"http://", "220 mail.example\r\n", ProxyErrc::nonsense, "it does not speak HTTP"},
      {"http://", "HTTP/1.1 200", ProxyErrc::ended, "it ended the connection"},
      {"socks4a://", {"\0\x5b\0\0\0\0\0\0", 8}, ProxyErrc::failed, "request rejected or failed"},
      {"socks5h://", {"\5\xff", 2}, ProxyErrc::login, "it wants a user and a password"},
      {"socks5h://", "HTTP/1.1", ProxyErrc::nonsense, "it does not speak SOCKS 5"},
  };
  for (const Row& row : rows) {
    INFO(row.answer);
    auto proxy = Peer::server({Steps::read(3), Steps::write(row.answer), Steps::half_close()});
    const Run run(plan_for(row.scheme + proxy->address(), "a:80"));
    const ProxyError error = run.refusal();
    CHECK(error.code() == row.kind);
    CHECK(error.cause() == row.cause);
    CHECK(error.subject() == row.scheme + proxy->address() + " for a:80");
    proxy.reset();
  }
  auto proxy =
      Peer::server({Steps::read(3), Steps::write(hello), Steps::read(8), Steps::write(granted),
                    Steps::read(10), Steps::write("HTTP/1.1 503 Busy\r\n\r\n")});
  const Run run(plan_for("socks5h://" + proxy->address() + ",http://b:2", "a:80"));
  CHECK(run.refusal().subject() == "http://b:2 (2 of 2) for a:80");
}

TEST_CASE("a head without an end is nonsense") {
  auto proxy = Peer::server(
      {Steps::read(3), Steps::write("HTTP/1.1 200 OK\r\n"), Steps::write_until_refused()});
  const Run run(plan_for("http://" + proxy->address(), "a:80"));
  CHECK(run.refusal().code() == ProxyErrc::nonsense);
  CHECK(run.refusal().cause() == "a message of more than 65536 bytes");
}

TEST_CASE("a proxy that does not answer is given up when the time is over") {
  auto proxy = Peer::server({Steps::read(3), Steps::stall()});
  const Run run(plan_for("socks5h://" + proxy->address(), "a:80", 50ms));
  try {
    std::rethrow_exception(run.error);
  } catch (const TimeoutError& error) {
    CHECK(error.operation() == "ask proxy");
    CHECK(error.subject() == "socks5h://" + proxy->address() + " for a:80");
  }
  proxy->proceed();
}

TEST_CASE("a proxy that closes after asking for the password is connected to again") {
  std::string first, second;
  Script script({[&](Socket one) {
                   first = read_head(one);
                   one.sendall(
                       "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                       "Connection: close\r\n\r\nsome words");
                 },
                 [&](Socket one) {
                   second = read_head(one);
                   one.sendall("HTTP/1.1 200 OK\r\n\r\nhello");
                   CHECK(one.recv(1).empty());
                 }});
  Run run(plan_for("http://me:secret@" + script.address(), "a:80"));
  REQUIRE(run.dialed);
  CHECK(run.dialed->socket.recv(100) == "hello");
  run.dialed->socket.close();
  script.played.get();
  CHECK(first.find("Proxy-Authorization") == std::string::npos);
  CHECK(second.find("Proxy-Authorization: Basic bWU6c2VjcmV0") != std::string::npos);
}

TEST_CASE("names are looked up here for proxies that do not") {
  auto proxy =
      Peer::server({Steps::read(3), Steps::write(hello), Steps::read(10), Steps::write(granted),
                    Steps::read(9), Steps::write({"\0\x5a\0\0\0\0\0\0", 8})});
  std::vector<std::string> asked;
  const auto find = [&](const DialPlan& plan, io::Observer& observer) {
    const auto& target = std::get<InetEndpoint>(plan.target);
    if (target.host == "127.0.0.1") return find_paths(plan, observer);
    asked.push_back(to_string(plan.target));
    DialPlan numeric = plan;
    numeric.target = InetEndpoint{Transport::tcp, "192.0.2.7", target.port};
    return find_paths(numeric, observer);
  };
  const Run run(plan_for("socks5://" + proxy->address() + ",socks4://b:2", "a:80"), find);
  REQUIRE(run.dialed);
  CHECK(asked == std::vector<std::string>{"b:2", "a:80"});
  CHECK(proxy->finish() == std::string("\5\1\0\5\1\0\1\xc0\0\2\7\0\2\4\1\0\x50\xc0\0\2\7\0", 22));
}

TEST_CASE("what a proxy cannot be asked for is refused before it is connected to") {
  for (const auto& way :
       {std::pair(std::string("socks4://127.0.0.1:1"), std::string("[::1]:80")),
        std::pair(std::string("socks5h://127.0.0.1:1"), std::string(300, 'a') + ":80"),
        std::pair(std::string("socks5h://me:@127.0.0.1:1"), std::string("a:80"))}) {
    INFO(way.first);
    const Run run(plan_for(way.first, way.second));
    CHECK_THROWS_AS(std::rethrow_exception(run.error), UsageError);
    CHECK(run.seen.lines.empty());
  }
}

TEST_CASE("dial() goes through proxies as well, and past them where the target is excepted") {
  auto proxy = Peer::server(
      {Steps::read(3), Steps::write(hello), Steps::read(10), Steps::write(granted + "x")});
  Recorder seen;
  Dialed dialed = dial(plan_for("socks5h://" + proxy->address(), "192.0.2.1:80"), seen);
  CHECK(dialed.peer == Address::inet("192.0.2.1", 80));
  CHECK(dialed.socket.recv(1) == "x");

  auto target = Peer::server({Steps::write("y")});
  DialPlan straight = plan_for("socks5h://127.0.0.1:1", target->address());
  straight.proxy.no_proxy = "127.0.0.0/8";
  CHECK(dial(straight, seen).socket.recv(1) == "y");
}

TEST_CASE("a dial through proxies can be cancelled at any point") {
  auto proxy = Peer::server({Steps::read(3), Steps::read_to_end()});
  io::Loop loop;
  Recorder seen;
  int told = 0;
  auto dialing =
      std::make_unique<Dialing>(loop, plan_for("socks5h://" + proxy->address(), "a:80"), seen,
                                [&](const std::exception_ptr&, Dialed*) { ++told; });
  const io::Timer later = loop.after(20ms, [&] {
    dialing.reset();
    loop.stop();
  });
  loop.run();
  CHECK(told == 0);
  proxy->finish();
}
