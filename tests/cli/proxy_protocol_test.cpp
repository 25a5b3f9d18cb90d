// PROXY headers, from real proxies and from whoever claims to be one.
#include <signal.h>
#include <unistd.h>

#include <functional>
#include <optional>

#include <doctest/doctest.h>

#include "cli/events.hpp"
#include "cli/serving.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;

namespace {

using Words = std::vector<std::string>;

Outcome stop(Listener& listener) {
  listener.process.signal(SIGTERM);
  return listener.wait();
}

std::string name_of(const sock::Address& address) {
  return address.host() + ':' + std::to_string(address.port());
}

// It is closed; what was not read makes that a reset.
bool is_turned_away(sock::Socket& socket) {
  try {
    return socket.recv(1).empty();
  } catch (const sock::ConnectionError&) {
    return true;
  }
}

// A proxy before a listener, with a file of configuration.
class Before {
 public:
  // The last of the words is the option that names the file.
  Before(Words argv,
         const std::function<std::string(const std::string& address, const std::string& folder)>&
             configuration)
      : port_(support::ClosedPort().port()) {
    support::write_file(dir_ / "configuration", configuration(address(), dir_.path().string()));
    Program program;
    program.argv = std::move(argv);
    program.argv.push_back((dir_ / "configuration").string());
    process_.emplace(std::move(program));
  }
  ~Before() {
    process_->signal(SIGKILL);
    process_->wait();
  }
  // As soon as it takes connections.
  sock::Socket client() const {
    std::optional<sock::Socket> socket;
    wait_until([&] {
      socket.emplace(AF_INET, SOCK_STREAM);
      return socket->connect_ex("127.0.0.1", port_) == 0;
    });
    socket->settimeout(10s);
    return std::move(*socket);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  support::TempDir dir_;
  std::uint16_t port_;
  std::optional<Process> process_;
};

Before haproxy(const Listener& behind, const std::string& how) {
  return {{"haproxy", "-db", "-q", "-f"}, [&](const std::string& address, const std::string&) {
            return "defaults\n  mode tcp\n  timeout connect 20s\n  timeout client 20s\n"
                   "  timeout server 20s\nlisten test\n  bind " +
                   address + "\n  server one " + behind.address + ' ' + how + "\n";
          }};
}

constexpr const char* nginx_module = "/usr/lib/nginx/modules/ngx_stream_module.so";

Before nginx(const Listener& behind) {
  return {{"nginx", "-e", "stderr", "-c"},
          [&](const std::string& address, const std::string& folder) {
            return "load_module " + std::string(nginx_module) +
                   ";\ndaemon off;\nmaster_process off;\npid " + folder +
                   "/pid;\nevents {}\n"
                   "stream { server { listen " +
                   address + "; proxy_pass " + behind.address +
                   "; proxy_protocol on; proxy_half_close on; } }\n";
          }};
}

const Words tells_addresses{"--", "sh", "-c",
                            "echo $TCPREMOTEIP:$TCPREMOTEPORT $TCPLOCALIP:$TCPLOCALPORT "
                            "$SOCK_PEER $SOCK_LOCAL; cat"};

}  // namespace

TEST_CASE("haproxy's client is the peer of a command, and where it came to is our address") {
  if (is_missing("haproxy")) return;
  for (const char* version : {"send-proxy", "send-proxy-v2"}) {
    CAPTURE(version);
    Listener listener({"-k", "--proxy-protocol", "accept=192.0.2.0/24,127.0.0.0/8"}, Input::null(),
                      Output::captured(), tells_addresses);
    const Before proxy = haproxy(listener, version);
    auto client = proxy.client();
    const std::string me = name_of(client.getsockname());
    client.sendall("what follows the header is whole");
    client.shutdown(SHUT_WR);
    CHECK(read_to_end(client) == me + ' ' + proxy.address() + ' ' + me + ' ' + proxy.address() +
                                     "\nwhat follows the header is whole");
    CHECK(stop(listener).code == 0);
  }
}

TEST_CASE("nginx's client is the peer, too, and all of its bytes come") {
  if (is_missing("nginx")) return;
  if (::access(nginx_module, R_OK) != 0) {
    MESSAGE("skipped: nginx has no module for streams");
    return;
  }
  Listener listener({"-k", "--proxy-protocol", "require"}, Input::null(), Output::captured(),
                    tells_addresses);
  const Before proxy = nginx(listener);
  auto client = proxy.client();
  const std::string me = name_of(client.getsockname());
  const std::string much(300'000, 'x');
  client.sendall(much);
  client.shutdown(SHUT_WR);
  CHECK(read_to_end(client) ==
        me + ' ' + proxy.address() + ' ' + me + ' ' + proxy.address() + '\n' + much);
  CHECK(stop(listener).code == 0);
}

TEST_CASE("the same for one connection, and a stranger before it is turned away") {
  if (is_missing("haproxy")) return;
  Listener listener({"-v", "--proxy-protocol", "require"}, Input::null(), Output::captured(),
                    tells_addresses);
  auto stranger = client_of(listener);
  stranger.sendall("GET / HTTP/1.0\r\n\r\n");
  CHECK(is_turned_away(stranger));
  const Before proxy = haproxy(listener, "send-proxy-v2");
  auto client = proxy.client();
  const std::string me = name_of(client.getsockname());
  client.sendall("hello");  // haproxy goes nowhere for a client that ends without a word
  client.shutdown(SHUT_WR);
  const std::string text = read_to_end(client);
  CHECK(text.find(me + ' ' + proxy.address()) == 0);
  const Outcome outcome = listener.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("turned away from " + listener.address + ": there is no PROXY header") !=
        std::string::npos);
  CHECK(outcome.err.find("comes for " + me) != std::string::npos);
}

TEST_CASE("curl says in a header who it is, before TLS") {
  if (is_missing("curl")) return;
  support::TempDir dir;
  support::write_file(dir / "page", "HTTP/1.0 200 OK\r\n\r\nhello");
  Listener listener({"-k", "--tls", "--self-signed", "--proxy-protocol", "require", "--send",
                     (dir / "page").string(), "--events", (dir / "events").string()});
  Program curl;
  curl.argv = {"curl", "-sk", "--haproxy-protocol", "https://" + listener.address + "/"};
  CHECK(support::run(std::move(curl)).out == "hello");
  CHECK(stop(listener).code == 0);
  const auto events = events_in(support::read_file(dir / "events"));
  std::string peer;
  for (const auto& event : events) {
    if (event["event"] == "introduced") peer = event["peer"];
    if (event.contains("peer")) CHECK(event["peer"] == peer);
  }
  CHECK(names_of(events) == "listening introduced accepted secured closed ");
}

TEST_CASE("rules and limits are for the peer in the header") {
  Listener listener({"-k", "--echo", "--proxy-protocol", "require", "--deny", "192.0.2.0/24",
                     "--max-per-peer", "1"});
  const auto come = [&](const std::string& host) {
    auto client = client_of(listener);
    client.sendall("PROXY TCP4 " + host + " 198.51.100.1 4000 80\r\nhello");
    return client;
  };
  auto denied = come("192.0.2.7"), one = come("203.0.113.1");
  CHECK(read_exactly(one, 5) == "hello");
  auto same = come("203.0.113.1"), other = come("203.0.113.2");
  CHECK(read_exactly(other, 5) == "hello");
  CHECK(is_turned_away(denied));
  CHECK(is_turned_away(same));
  one.close();
  other.close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("several threads take headers, and the limits are of the peers in them") {
  Listener listener(
      {"-k", "--echo", "--workers", "3", "--proxy-protocol", "require", "--max-per-peer", "1"});
  std::vector<sock::Socket> clients;
  for (int i = 0; i < 20; ++i) {
    auto& client = clients.emplace_back(client_of(listener));
    client.sendall("PROXY TCP4 192.0.2." + std::to_string(i) + " 198.51.100.1 4000 80\r\nhello");
    CHECK(read_exactly(client, 5) == "hello");
  }
  auto again = client_of(listener);
  again.sendall("PROXY TCP4 192.0.2.7 198.51.100.1 4000 80\r\nhello");
  CHECK(is_turned_away(again));
  clients.clear();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("who must send a header and does not is turned away in time, and said to be") {
  Listener listener({"-k", "-v", "--echo", "--timeout", "300ms", "--proxy-protocol", "require"});
  auto silent = client_of(listener), slow = client_of(listener), endless = client_of(listener);
  slow.sendall("PROXY TCP4");
  const std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", 16);
  endless.sendall(header + std::string(100, 'x'));
  CHECK(is_turned_away(endless));
  CHECK(is_turned_away(silent));
  CHECK(is_turned_away(slow));
  const Outcome outcome = stop(listener);
  CHECK(outcome.code == 0);
  const std::string late = ": its PROXY header did not come in time";
  CHECK(outcome.err.find(late) != outcome.err.rfind(late));
  CHECK(outcome.err.find(": its PROXY header is too long") != std::string::npos);
}

TEST_CASE("what cannot be meant is refused, and what was expected is said") {
  for (const Words& words :
       {Words{"--proxy-protocol", "perhaps"}, Words{"--proxy-protocol", "accept="},
        Words{"--proxy-protocol", "accept=proxy.example"},
        Words{"--proxy-protocol", "accept=10.0.0.0/33"},
        Words{"--proxy-protocol", "require", "-u"}}) {
    Words all{"listen", "127.0.0.1:0"};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome outcome = run_sock(all);
    CAPTURE(words[1]);
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find("--proxy-protocol") != std::string::npos);
  }
}
