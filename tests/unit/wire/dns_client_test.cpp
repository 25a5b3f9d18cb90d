#include "wire/dns_client.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "sock/error.hpp"
#include "sock/socket.hpp"

using namespace sock;
using namespace sock::wire;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const DnsQuestion question{"a.test", DnsType::a};
const Deadline soon() { return Deadline(60s); }

// An answer with one address; `flags` beside those of an answer.
std::string answer_to(const std::string& query, char last, char flags = 0) {
  std::string answer = query;
  answer[2] = static_cast<char>(0x81 | flags);
  answer[3] = '\x80';
  answer[7] = 1;
  return answer + "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2"s + last;
}

// A name server of one question, in a thread.
class Server {
 public:
  using Play = std::function<void(Socket&, const std::string& query, const Address&)>;
  explicit Server(Play play) : socket_(AF_INET, SOCK_DGRAM) {
    socket_.bind(Address::inet("127.0.0.1", 0));
    socket_.settimeout(60s);
    thread_ = std::thread([this, play = std::move(play)] {
      const auto [query, peer] = socket_.recvfrom(1000);
      play(socket_, query, peer);
    });
  }
  ~Server() { thread_.join(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  Address address() const { return socket_.getsockname(); }

 private:
  Socket socket_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("an answer is taken, and what answers another question is not") {
  const Server server([](Socket& socket, const std::string& query, const Address& peer) {
    std::string other = answer_to(query, 9);
    other[0] = static_cast<char>(other[0] ^ 1);
    socket.sendto(other, peer);
    socket.sendto("nonsense", peer);
    socket.sendto(query, peer);
    socket.sendto(answer_to(query, 1), peer);
  });
  const DnsReply reply = ask_dns(server.address(), question, soon());
  CHECK(reply.answer.addresses == std::vector<std::string>{"192.0.2.1"});
  CHECK(reply.answer.seconds == 60U);
  CHECK_FALSE(reply.tcp);
  CHECK(reply.took > 0ns);
}

TEST_CASE("a datagram that is lost is sent again") {
  const Server server([](Socket& socket, const std::string& first, const Address&) {
    const auto [query, peer] = socket.recvfrom(1000);
    CHECK(query == first);
    socket.sendto(answer_to(query, 1), peer);
  });
  CHECK(ask_dns(server.address(), question, soon()).answer.addresses.size() == 1);
}

TEST_CASE("a cut answer is asked for again by TCP") {
  Socket listener = create_server("127.0.0.1", 0);
  Socket udp(AF_INET, SOCK_DGRAM);
  udp.bind(listener.getsockname());
  for (Socket* one : {&listener, &udp}) one->settimeout(60s);
  std::thread server([&] {
    const auto [query, peer] = udp.recvfrom(1000);
    udp.sendto(answer_to(query, 1, 2), peer);
    Socket connection = listener.accept().first;
    connection.settimeout(60s);
    const std::string asked = connection.recv(1000);
    const std::string answer = answer_to(asked.substr(2), 7);
    // In pieces.
    connection.sendall("\0"s);
    connection.sendall(std::string(1, static_cast<char>(answer.size())) + answer.substr(0, 5));
    connection.sendall(answer.substr(5));
  });
  const DnsReply reply = ask_dns(listener.getsockname(), question, soon());
  server.join();
  CHECK(reply.tcp);
  CHECK(reply.answer.addresses == std::vector<std::string>{"192.0.2.7"});
}

TEST_CASE("a server that is silent, or not there, or talks nonsense, is an error in time") {
  Socket silent(AF_INET, SOCK_DGRAM);
  silent.bind(Address::inet("127.0.0.1", 0));
  CHECK_THROWS_AS(ask_dns(silent.getsockname(), question, Deadline(50ms)), TimeoutError);
  CHECK_THROWS_AS(ask_dns(silent.getsockname(), question, Deadline(0ms)), TimeoutError);
  const Address gone = silent.getsockname();
  silent.close();
  try {
    ask_dns(gone, question, soon());
    FAIL("somebody answered");
  } catch (const ConnectionRefusedError& error) {
    CHECK(error.subject() == to_string(gone));
  }
  const Server bad([](Socket& socket, const std::string& query, const Address& peer) {
    socket.sendto(answer_to(query, 1).substr(0, query.size() + 4), peer);
  });
  CHECK_THROWS_AS(ask_dns(bad.address(), question, soon()), DnsError);
}
