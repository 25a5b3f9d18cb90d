// TLS over datagrams: what gets lost, what is forged, and where each begins and ends.
#include <functional>

#include "sock/socket.hpp"
#include "tls_ends.hpp"
#include "wire/tls_handshake.hpp"
#include "wire/tls_visitors.hpp"

namespace {

using namespace tls_ends;
using namespace std::chrono_literals;
using wire::TlsHandshake;
using wire::TlsVisitors;

TlsPlan over_datagrams(TlsPlan plan) {
  plan.datagrams = true;
  return plan;
}

Socket bound() {
  Socket socket(AF_INET, SOCK_DGRAM);
  socket.bind(Address::inet("127.0.0.1", 0));
  return socket;
}

Socket connected_to(const Socket& other) {
  Socket socket = bound();
  socket.connect(other.getsockname());
  return socket;
}

// Loses some of what is sent through it.
class Lossy final : public io::Channel {
 public:
  Lossy(std::unique_ptr<io::Channel> channel, std::function<bool(int)> lost)
      : channel_(std::move(channel)), lost_(std::move(lost)) {}
  io::Attempt try_read(std::span<std::byte> room) override { return channel_->try_read(room); }
  io::Attempt try_write(std::span<const std::byte> data) override {
    if (lost_(sent_++)) return io::Attempt::moved(data.size());
    return channel_->try_write(data);
  }
  bool try_finish() override { return channel_->try_finish(); }
  FdRef read_fd() const noexcept override { return channel_->read_fd(); }
  FdRef write_fd() const noexcept override { return channel_->write_fd(); }
  bool pending() const noexcept override { return channel_->pending(); }
  std::optional<FdRef> plain_fd(bool) const noexcept override { return std::nullopt; }
  bool messages() const noexcept override { return true; }
  const std::string& name(bool write) const noexcept override { return channel_->name(write); }

 private:
  std::unique_ptr<io::Channel> channel_;
  std::function<bool(int)> lost_;
  int sent_ = 0;
};

// A server that takes whoever proves its address, and a client whose datagrams get lost as `lost`
// says.
struct Meeting {
  explicit Meeting(const std::function<bool(int)>& lost = [](int) { return false; }) {
    Socket server_socket = bound();
    auto visitors = std::make_unique<TlsVisitors>(std::move(server_socket), "the server",
                                                  [](const Address&) { return true; });
    door = visitors.get();
    waiting = std::make_unique<TlsChannel>(TlsContext(over_datagrams(server_plan())),
                                           std::move(visitors), door->last());
    client_socket = connected_to(door->socket());
    channel =
        std::make_unique<Lossy>(io::datagram_channel(client_socket.dup(), {}, "the server"), lost);
  }

  void shake_hands() {
    const auto alarm = loop.after(40s, [this] { loop.stop(); });
    const TlsHandshake of_client(loop, TlsContext(over_datagrams(client_plan())),
                                 std::move(channel), "localhost", std::nullopt,
                                 [this](TlsHandshake::Outcome outcome) {
                                   client_error = outcome.error;
                                   client = std::move(outcome.channel);
                                   session = std::move(outcome.session);
                                   done();
                                 });
    std::unique_ptr<TlsHandshake> of_server;
    io::Watch watch = loop.watch(waiting->read_fd(), io::Interest::read, "door", [&](io::Ready) {
      if (!waiting->try_admit()) return true;
      door->stay("the client");
      watch = io::Watch();
      of_server = std::make_unique<TlsHandshake>(loop, std::move(waiting), std::nullopt,
                                                 [this](TlsHandshake::Outcome outcome) {
                                                   server = std::move(outcome.channel);
                                                   done();
                                                 });
      return true;
    });
    loop.run();
    REQUIRE(client);
    REQUIRE(server);
  }
  void done() {
    if (client_error || (client && server)) loop.stop();
  }

  io::Loop loop;
  std::unique_ptr<TlsChannel> waiting, client, server;
  TlsVisitors* door = nullptr;
  Socket client_socket;
  std::unique_ptr<io::Channel> channel;
  std::exception_ptr client_error;
  wire::TlsSession session;
};

TEST_CASE("messages keep their boundaries, both ways, to the peer's end") {
  Meeting both;
  both.shake_hands();
  CHECK(both.session.version == "DTLSv1.2");
  REQUIRE(both.session.peer);
  CHECK(both.session.peer->names.front() == "localhost");
  CHECK(both.client->messages());
  put(*both.client, "one");
  put(*both.client, "and two");
  put(*both.server, "three");
  CHECK(take(*both.server) == "one");
  CHECK(take(*both.server) == "and two");
  CHECK(take(*both.server) == "<blocked>");
  CHECK(take(*both.client) == "three");
  CHECK(both.client->try_finish());
  CHECK(take(*both.server) == "<end>");
}

TEST_CASE("what is too large is an error, and nothing is cut") {
  Meeting both;
  both.shake_hands();
  const std::string largest(TlsChannel::largest_message, 'x');
  put(*both.client, largest);
  CHECK(take(*both.server) == largest);
  CHECK_THROWS_WITH_AS((void)both.client->try_write(bytes(largest + "x")),
                       doctest::Contains("Message too long"), Error);
  put(*both.client, "12345");
  CHECK_THROWS_WITH_AS(take(*both.server, 4), doctest::Contains("Message too long"), Error);
}

TEST_CASE("datagrams that get lost in the handshake are sent again") {
  Meeting both([](int number) { return number == 0 || number == 2; });
  both.shake_hands();
  put(*both.client, "there");
  CHECK(take(*both.server) == "there");
}

TEST_CASE("who has not shown that it is where it says gets little, and keeps nobody out") {
  Meeting both;
  // Somebody else's first greeting, as it would come with a forged address.
  Socket somewhere = bound();
  TlsChannel forged(TlsContext(over_datagrams(client_plan())),
                    io::datagram_channel(connected_to(somewhere), {}, "somewhere"));
  CHECK(!forged.try_handshake());
  Socket stranger = connected_to(both.door->socket());
  somewhere.settimeout(20s);
  const std::string greeting = somewhere.recv(2048);
  for (int i = 0; i < 100; ++i) stranger.send(greeting);
  stranger.send(bytes("rubbish"));
  stranger.send(bytes(std::string(60'000, '\x16')));
  both.shake_hands();
  put(*both.server, "welcome");
  CHECK(take(*both.client) == "welcome");
  stranger.settimeout(20s);
  CHECK(stranger.recv(2048).size() < greeting.size());
  // It is another's conversation now.
  stranger.send(greeting);
  stranger.send(bytes("rubbish"));
  put(*both.client, "thanks");
  CHECK(take(*both.server) == "thanks");
}

TEST_CASE("a server that is not there is told of as that of a plain datagram is") {
  Socket gone = bound();
  Socket socket = connected_to(gone);
  gone.close();
  TlsChannel client(TlsContext(over_datagrams(client_plan())),
                    io::datagram_channel(std::move(socket), {}, "nobody"));
  const auto several_tries = [&] {
    for (int i = 0; i < 3; ++i) (void)client.try_handshake();
  };
  CHECK_THROWS_AS(several_tries(), ConnectionRefusedError);
}

}  // namespace
