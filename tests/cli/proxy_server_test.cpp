#include <signal.h>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "cli/events.hpp"
#include "cli/serving.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::string_literals;
using support::ClosedPort;
using support::FullListener;
using support::Peer;
using support::Steps;
using support::TempDir;

namespace {

const char* const hello = "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";

Outcome stop(Listener& listener) {
  listener.process.signal(SIGTERM);
  return listener.wait();
}

// A web server that gives everybody the same.
struct Web {
  TempDir directory;
  Listener listener;
  Web() : listener(program(directory)) {}
  static Program program(const TempDir& directory) {
    support::write_file(directory / "answer", hello);
    return Listener::program({"-k", "--send", (directory / "answer").string()});
  }
  std::string url(const char* host = "127.0.0.1") const {
    return "http://" + std::string(host) + ':' + std::to_string(listener.port()) + "/";
  }
};

Outcome curl(std::vector<std::string> options) {
  Program program;
  program.argv = {"curl", "-sS", "--max-time", "60"};
  program.argv.insert(program.argv.end(), options.begin(), options.end());
  return support::run(std::move(program));
}

Outcome tool(std::vector<std::string> argv, std::string input = {}) {
  Program program;
  program.argv = std::move(argv);
  program.input = support::Input::bytes(std::move(input));
  return support::run(std::move(program));
}

std::string users(const TempDir& directory) {
  const auto file = directory / "users";
  support::write_file(file, "# who may come\nme:secret\nyou:other\n");
  ::chmod(file.c_str(), 0600);
  return file.string();
}

std::string socks4(std::uint16_t port) {
  return "\4\1"s + static_cast<char>(port >> 8) + static_cast<char>(port) + "\177\0\0\1\0"s;
}

}  // namespace

TEST_CASE("curl gets through a SOCKS proxy of any version, names looked up by itself or not") {
  if (is_missing("curl")) return;
  const Web web;
  Listener proxy({"-k", "-v", "--serve", "socks5"});
  for (const char* version : {"--socks5", "--socks5-hostname", "--socks4", "--socks4a"}) {
    CAPTURE(version);
    const Outcome outcome = curl({version, proxy.address, web.url("localhost")});
    CHECK(outcome.out == "hello\n");
    CHECK(outcome.code == 0);
  }
  proxy.process.wait_for_error("asks by socks5 for a connection to localhost:");
  CHECK(stop(proxy).code == 0);
}

TEST_CASE("curl gets through an HTTP proxy, and is told when not") {
  if (is_missing("curl")) return;
  const Web web;
  const TempDir directory;
  Listener proxy({"-k", "-v", "--serve", "http-connect", "--auth", users(directory), "--deny-to",
                  "127.0.0.2"});
  const auto by = [&](const std::string& login, const std::string& url) {
    return curl({"--proxytunnel", "--proxy", "http://" + login + proxy.address, url});
  };
  CHECK(by("me:secret@", web.url()).out == "hello\n");
  CHECK(by("you:other@", web.url("localhost")).out == "hello\n");
  CHECK(by("me:other@", web.url()).err.find("407") != std::string::npos);
  CHECK(by("", web.url()).err.find("407") != std::string::npos);
  CHECK(by("me:secret@", web.url("127.0.0.2")).err.find("403") != std::string::npos);
  CHECK(by("me:secret@", "http://" + ClosedPort().address() + "/").err.find("502") !=
        std::string::npos);
  proxy.process.wait_for_error("refused, user or password is wrong; ");
  proxy.process.wait_for_error("refused, 127\\.0\\.0\\.2:[0-9]+: not allowed; ");
  CHECK(stop(proxy).code == 0);
}

TEST_CASE("curl logs in to a SOCKS proxy, and SOCKS 4 has no password") {
  if (is_missing("curl")) return;
  const Web web;
  const TempDir directory;
  Listener proxy({"-k", "--serve", "socks5", "--auth", users(directory)});
  CHECK(curl({"--proxy", "socks5h://me:secret@" + proxy.address, web.url()}).out == "hello\n");
  CHECK(curl({"--proxy", "socks5h://me:wrong@" + proxy.address, web.url()}).code != 0);
  CHECK(curl({"--socks5", proxy.address, web.url()}).code != 0);
  CHECK(curl({"--socks4", proxy.address, web.url()}).code != 0);
  CHECK(stop(proxy).err.find("others can read") == std::string::npos);
}

TEST_CASE("ncat gets through as a client of SOCKS and of HTTP, with half-close") {
  if (is_missing("ncat")) return;
  for (const char* serve : {"socks5", "http-connect"}) {
    CAPTURE(serve);
    Listener proxy({"--serve", serve});
    auto peer = Peer::server({Steps::read_to_end(), Steps::write("late answer"), Steps::close()});
    const Outcome outcome =
        tool({"ncat", "--proxy-type", serve == "socks5"s ? "socks5" : "http", "--proxy",
              proxy.address, "127.0.0.1", std::to_string(peer->port())},
             "question");
    CHECK(peer->finish() == "question");
    CHECK(outcome.out == "late answer");
    CHECK(proxy.wait().code == 0);
  }
}

TEST_CASE("socat gets through as a client of SOCKS 4a and of HTTP") {
  if (is_missing("socat")) return;
  for (const std::string kind : {"SOCKS4A", "PROXY"}) {
    CAPTURE(kind);
    Listener proxy({"--serve", kind == "PROXY" ? "http-connect" : "socks5"});
    auto peer = Peer::server({Steps::read_to_end(), Steps::write("late answer"), Steps::close()});
    const std::string port =
        (kind == "PROXY" ? ",proxyport=" : ",socksport=") + std::to_string(proxy.port());
    const Outcome outcome =
        tool({"socat", "-t", "60", "-",
              kind + ":127.0.0.1:localhost:" + std::to_string(peer->port()) + port},
             "question");
    CHECK(peer->finish() == "question");
    CHECK(outcome.out == "late answer");
    CHECK(proxy.wait().code == 0);
  }
}

TEST_CASE("Python's http.client tunnels through") {
  if (is_missing("python3")) return;
  // It takes what comes with the proxy's reply for a part of it: this server waits to be asked.
  const Web page;
  const Listener web(
      Listener::program({"-k"}, {}, {},
                        {"--", "sh", "-c",
                         "while read -r line && [ ${#line} -gt 1 ]; do :; done; cat " +
                             (page.directory / "answer").string()}));
  Listener proxy({"-k", "--serve", "http-connect"});
  const Outcome outcome =
      tool({"python3", "-c",
            "import http.client, sys\n"
            "c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=60)\n"
            "c.set_tunnel('localhost', int(sys.argv[2]))\n"
            "c.request('GET', '/')\n"
            "sys.stdout.write(c.getresponse().read().decode())\n",
            std::to_string(proxy.port()), std::to_string(web.port())});
  CHECK(outcome.out == "hello\n");
  CHECK(stop(proxy).code == 0);
}

TEST_CASE("a proxy with a port alone is for this machine") {
  const Outcome ended =
      run_sock({"listen", "--serve", "socks5", "-p", "0", "--accept-timeout", "10ms"});
  CHECK(ended.code == 5);
  CHECK(ended.err.find("127.0.0.1:") != std::string::npos);
  CHECK(ended.err.find("every interface") == std::string::npos);
  CHECK(ended.err.find("0.0.0.0") == std::string::npos);
}

TEST_CASE("a proxy that anybody can use says so, once") {
  const TempDir directory;
  support::write_file(directory / "users", "me:secret\n");
  ::chmod((directory / "users").c_str(), 0600);
  const auto warned = [](std::vector<std::string> options) {
    options.insert(options.begin(), {"listen", "-k", "--accept-timeout", "10ms"});
    const Outcome outcome = run_sock(std::move(options));
    CHECK(outcome.code == 5);
    return outcome.err.find("whoever reaches it may use this proxy") != std::string::npos;
  };
  CHECK(warned({"--serve", "socks5", "0.0.0.0:0"}));
  CHECK(warned({"--serve", "http-connect", "127.0.0.1:0", "0.0.0.0:0"}));
  CHECK_FALSE(warned({"--serve", "socks5", "127.0.0.1:0"}));
  CHECK_FALSE(warned({"--serve", "socks5", (directory / "socket").string()}));
  CHECK_FALSE(warned({"--serve", "socks5", "0.0.0.0:0", "-q"}));
  CHECK_FALSE(warned({"--serve", "socks5", "0.0.0.0:0", "--deny", "all"}));
  CHECK_FALSE(warned({"--serve", "socks5", "0.0.0.0:0", "--auth", (directory / "users").string()}));
  CHECK_FALSE(warned({"--echo", "0.0.0.0:0"}));
}

TEST_CASE("what cannot be a proxy is refused") {
  const auto err = [](std::vector<std::string> options) {
    options.insert(options.begin(), {"listen", "-p", "0"});
    const Outcome outcome = run_sock(std::move(options));
    CHECK(outcome.code == 2);
    return outcome.err;
  };
  CHECK(err({"--serve", "socks5", "--echo"}).find("only one of them") != std::string::npos);
  CHECK(err({"--serve", "socks6"}).find("expected socks5 or http-connect") != std::string::npos);
  CHECK(err({"--serve", "socks5", "--udp"}).find("datagrams") != std::string::npos);
  CHECK(err({"--auth", "users"}).find("only with --serve") != std::string::npos);
  CHECK(run_sock({"listen", "--serve", "socks5", "-p", "0", "--auth", "/nowhere"})
            .err.find("/nowhere") != std::string::npos);
  const TempDir directory;
  support::write_file(directory / "open", "me secret\n");
  ::chmod((directory / "open").c_str(), 0644);
  const std::string both = err({"--serve", "socks5", "--auth", (directory / "open").string()});
  CHECK(both.find("others can read the passwords in it") != std::string::npos);
  CHECK(both.find("line 1: expected user:password") != std::string::npos);
  CHECK(both.find("secret") == std::string::npos);
}

TEST_CASE("a dial that takes too long is given up, and holds nobody up") {
  const FullListener full;
  const Web web;
  Listener proxy({"-k", "--serve", "socks5", "--timeout", "300ms"});
  auto stuck = client_of(proxy);
  const auto port = std::stoi(full.address().substr(full.address().rfind(':') + 1));
  stuck.sendall(socks4(static_cast<std::uint16_t>(port)));
  auto other = client_of(proxy);
  other.sendall(socks4(web.listener.port()));
  CHECK(read_to_end(other).substr(8) == hello);
  CHECK(read_to_end(stuck) == "\0\133\0\0\0\0\0\0"s);
  CHECK(stop(proxy).code == 0);
}

TEST_CASE("hostile clients end by themselves or by a limit, and others are served") {
  const Web web;
  Listener proxy({"-k", "-v", "--serve", "http-connect", "--timeout", "2s"});
  std::vector<sock::Socket> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(client_of(proxy));
  auto endless = client_of(proxy);
  try {
    endless.sendall("CONNECT 127.0.0.1:1 HTTP/1.1\r\n");
    for (int i = 0; i < 2000; ++i) endless.sendall("X: " + std::string(100, 'x') + "\r\n");
  } catch (const sock::Error&) {  // it was refused before it had sent all
  }
  // Control codes in a name do not reach the terminal.
  auto coloured = client_of(proxy);
  coloured.sendall("CONNECT \x1b[31mred:1 HTTP/1.1\r\n\r\n");
  CHECK(read_to_end(coloured).starts_with("HTTP/1.1 502 "));
  // Itself, through itself, through itself.
  auto itself = client_of(proxy);
  const std::string ask = "CONNECT " + proxy.address + " HTTP/1.1\r\n\r\n";
  const std::string yes = "HTTP/1.1 200 Connection established\r\n\r\n";
  for (int i = 0; i < 20; ++i) {
    itself.sendall(ask);
    CHECK(read_exactly(itself, yes.size()) == yes);
  }
  itself.close();
  auto good = client_of(proxy);
  good.sendall("CONNECT 127.0.0.1:" + std::to_string(web.listener.port()) + " HTTP/1.1\r\n\r\n");
  CHECK(read_to_end(good) == yes + hello);
  for (sock::Socket& one : silent) CHECK(read_to_end(one) == "");
  const Outcome outcome = stop(proxy);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find('\x1b') == std::string::npos);
  CHECK(outcome.err.find("slow, it did not say in time what it wants") != std::string::npos);
  CHECK(outcome.err.find("431 Request Header Fields Too Large") != std::string::npos);
}

TEST_CASE("events tell what each client asked for, and how it ended") {
  const Web web;
  const TempDir directory;
  const std::string log = (directory / "events").string();
  Listener proxy({"--serve", "socks5", "--events", log, "--deny-to", ":1-1023"});
  auto client = client_of(proxy);
  client.sendall(socks4(80));
  CHECK(read_to_end(client) == "\0\133\0\0\0\0\0\0"s);
  CHECK(proxy.wait().code == 0);
  const auto seen = events_in(support::read_file(log));
  REQUIRE(seen.size() == 4);
  CHECK(seen[2]["event"] == "requested");
  CHECK(seen[2]["protocol"] == "socks4");
  CHECK(seen[2]["command"] == "connect");
  CHECK(seen[2]["target"] == "127.0.0.1:80");
  CHECK(seen[3]["event"] == "closed");
  CHECK(seen[3]["reason"] == "refused");
  CHECK(seen[3]["detail"] == "127.0.0.1:80: not allowed");
}

TEST_CASE("SIGTERM lets tunnels finish, and ends who has asked for nothing") {
  Listener proxy({"-k", "--serve", "socks5"});
  auto peer = Peer::server({Steps::read(4), Steps::stall(), Steps::write("answer")});
  auto silent = client_of(proxy), client = client_of(proxy);
  client.sendall(socks4(peer->port()) + "ping");
  CHECK(read_exactly(client, 8).substr(0, 2) == "\0\132"s);
  peer->wait_for_bytes(4);
  proxy.process.signal(SIGTERM);
  CHECK(read_to_end(silent) == "");
  peer->proceed();
  CHECK(read_exactly(client, 6) == "answer");
  client.close();
  peer->finish();
  CHECK(proxy.wait().code == 0);
}
