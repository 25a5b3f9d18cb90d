#include "sock/message.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "support/descriptors.hpp"

using namespace std::chrono_literals;
using sock::ControlMessage;
using sock::Fd;
using sock::ReceivedFds;
using sock::ReceivedMessage;
using sock::Socket;
using support::open_descriptors;

namespace {

std::pair<Socket, Socket> unix_pair(int type = SOCK_STREAM) {
  auto pair = sock::socketpair(AF_UNIX, type);
  pair.first.settimeout(5s);
  pair.second.settimeout(5s);
  return pair;
}

iovec part(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

std::size_t send_text(Socket& socket, std::string_view text,
                      std::span<const ControlMessage> control = {}) {
  const iovec buffer = part(text);
  return socket.sendmsg({&buffer, 1}, control);
}

std::string ints(const std::vector<int>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(int)};
}

std::vector<Fd> descriptors_in(const ControlMessage& item) {
  REQUIRE(item.level == SOL_SOCKET);
  REQUIRE(item.type == SCM_RIGHTS);
  REQUIRE(item.data.size() % sizeof(int) == 0);
  std::vector<Fd> fds;
  for (std::size_t i = 0; i < item.data.size(); i += sizeof(int)) {
    int fd;
    std::memcpy(&fd, item.data.data() + i, sizeof fd);
    fds.emplace_back(fd);
  }
  return fds;
}

struct Pipe {
  Pipe() {
    int fds[2];
    REQUIRE(::pipe2(fds, O_CLOEXEC) == 0);
    in = Fd(fds[0]);
    out = Fd(fds[1]);
  }
  Fd in, out;
};

bool same_file(int a, int b) {
  struct stat x, y;
  REQUIRE(::fstat(a, &x) == 0);
  REQUIRE(::fstat(b, &y) == 0);
  return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

std::span<std::byte> space(std::string& text) {
  return std::as_writable_bytes(std::span(text.data(), text.size()));
}

}  // namespace

TEST_CASE("buffers are gathered into one message and scattered from it in turn") {
  auto [a, b] = unix_pair(SOCK_DGRAM);
  const std::array parts{part("one"), part(""), part("two-three")};
  CHECK(a.sendmsg(parts) == 12);
  std::string first(5, '.'), second(20, '.');
  const std::array into{part(first), part(second)};
  const ReceivedMessage m = b.recvmsg_into(into);
  CHECK(m.size == 12);
  CHECK(first == "onetw");
  CHECK(second == "o-three.............");
  CHECK(m.control.empty());
  CHECK_FALSE(m.control_malformed);
  CHECK(m.flags == 0);
}

TEST_CASE("a message goes to the address given and comes with its sender's") {
  Socket receiver(AF_INET, SOCK_DGRAM), sender(AF_INET, SOCK_DGRAM);
  receiver.settimeout(5s);
  receiver.bind("127.0.0.1", 0);
  sender.bind("127.0.0.1", 0);
  const sock::Address to = receiver.getsockname();
  const iovec buffer = part("hello");
  CHECK(sender.sendmsg({&buffer, 1}, {}, 0, &to) == 5);
  const ReceivedMessage m = receiver.recvmsg(100);
  CHECK(m.data == "hello");
  CHECK(m.size == 5);
  CHECK(m.from == sender.getsockname());
}

TEST_CASE("a stream's message has no sender, and its end is 0 bytes") {
  auto [a, b] = unix_pair();
  CHECK(send_text(a, "x") == 1);
  CHECK_FALSE(b.recvmsg(10).from);
  a.close();
  const ReceivedMessage end = b.recvmsg(10);
  CHECK(end.size == 0);
  CHECK(end.data.empty());
}

TEST_CASE("a message that is cut says so, and MSG_TRUNC asks for its whole size") {
  auto [a, b] = unix_pair(SOCK_DGRAM);
  send_text(a, "0123456789");
  const ReceivedMessage peeked = b.recvmsg(4, 0, MSG_PEEK | MSG_TRUNC);
  CHECK(peeked.data == "0123");
  CHECK(peeked.size == 10);
  const ReceivedMessage cut = b.recvmsg(4);
  CHECK(cut.data == "0123");
  CHECK(cut.size == 4);
  CHECK((cut.flags & MSG_TRUNC) != 0);
}

TEST_CASE("the flags received are the kernel's, without those the library added") {
  auto [a, b] = unix_pair(SOCK_SEQPACKET);
  const iovec buffer = part("record");
  a.sendmsg({&buffer, 1}, {}, MSG_EOR);
  CHECK((b.recvmsg(10).flags & ~MSG_EOR) == 0);
  a.sendmsg({&buffer, 1});
  CHECK((b.recvmsg(10, 0, MSG_CMSG_CLOEXEC).flags & ~MSG_EOR) == MSG_CMSG_CLOEXEC);
}

TEST_CASE("asking for no bytes still asks the system") {
  auto [a, b] = unix_pair(SOCK_DGRAM);
  b.settimeout(0s);
  CHECK_THROWS_AS(b.recvmsg(0), sock::BlockingIOError);
  send_text(a, "x");
  CHECK(b.recvmsg(0).size == 0);
  CHECK_THROWS_AS(b.recvmsg(1), sock::BlockingIOError);  // the datagram is gone
  b.close();
  try {
    b.recvmsg(0);
    FAIL("a closed socket received");
  } catch (const sock::Error& e) {
    CHECK(e.code() == std::errc::bad_file_descriptor);
    CHECK(e.operation() == "recvmsg");
  }
}

TEST_CASE("more buffers than the system takes are its own EMSGSIZE") {
  auto [a, b] = unix_pair();
  const std::vector<iovec> many(IOV_MAX + 1);
  const auto too_many = std::errc::message_size;
  try {
    a.sendmsg(many);
    FAIL("sent");
  } catch (const sock::Error& e) {
    CHECK(e.code() == too_many);
  }
  try {
    b.recvmsg_into(many);
    FAIL("received");
  } catch (const sock::Error& e) {
    CHECK(e.code() == too_many);
  }
}

TEST_CASE("room for ancillary data beyond an int's range is refused") {
  auto [a, b] = unix_pair();
  CHECK_THROWS_AS(b.recvmsg(1, std::size_t{INT_MAX} + 1), std::invalid_argument);
}

TEST_CASE("a timed message waits for its deadline, whoever made the descriptor blocking again") {
  auto [a, b] = unix_pair();
  b.settimeout(20ms);
  int off = 0;
  REQUIRE(::ioctl(b.fileno(), FIONBIO, &off) == 0);
  const auto start = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(b.recvmsg(1), sock::TimeoutError);
  CHECK(std::chrono::steady_clock::now() - start >= 20ms);
  a.settimeout(20ms);
  REQUIRE(::ioctl(a.fileno(), FIONBIO, &off) == 0);
  const std::string block(1 << 20, 'x');
  const auto fill = [&, &sender = a] {
    for (int i = 0; i < 100; ++i) send_text(sender, block);
  };
  CHECK_THROWS_AS(fill(), sock::TimeoutError);
}

TEST_CASE("a message to a peer that is gone is an error and no signal") {
  auto [a, b] = unix_pair();
  b.close();
  CHECK_THROWS_AS(send_text(a, "x"), sock::BrokenPipeError);
}

TEST_CASE("descriptors arrive as new ones that programs run do not inherit") {
  auto [a, b] = unix_pair();
  const Pipe pipe;
  const ControlMessage rights{SOL_SOCKET, SCM_RIGHTS, ints({pipe.in.get(), pipe.out.get()})};
  send_text(a, "x", {&rights, 1});
  const ReceivedMessage m = b.recvmsg(10, sock::cmsg_space(2 * sizeof(int)));
  CHECK(m.flags == 0);
  REQUIRE(m.control.size() == 1);
  const std::vector<Fd> fds = descriptors_in(m.control[0]);
  REQUIRE(fds.size() == 2);
  CHECK(same_file(fds[0].get(), pipe.in.get()));
  CHECK(same_file(fds[1].get(), pipe.out.get()));
  CHECK(fds[0].get() != pipe.in.get());
  for (const Fd& fd : fds) CHECK_FALSE(sock::get_inheritable(fd));
}

TEST_CASE("two descriptors cut at every size give whole descriptors and leak none") {
  const Pipe pipe;
  const std::size_t before = open_descriptors();
  for (std::size_t room = 0; room <= CMSG_SPACE(2 * sizeof(int)) + 8; ++room) {
    CAPTURE(room);
    auto [a, b] = unix_pair();
    const ControlMessage rights{SOL_SOCKET, SCM_RIGHTS, ints({pipe.in.get(), pipe.out.get()})};
    send_text(a, "x", {&rights, 1});
    const ReceivedMessage m = b.recvmsg(10, room);
    CHECK(m.data == "x");
    const std::size_t fitting = room < CMSG_LEN(sizeof(int))       ? 0
                                : room < CMSG_LEN(2 * sizeof(int)) ? 1
                                                                   : 2;
    CHECK(((m.flags & MSG_CTRUNC) != 0) == (fitting < 2));
    std::size_t came = 0;
    for (const ControlMessage& item : m.control) came += descriptors_in(item).size();
    CHECK(came == fitting);
  }
  CHECK(open_descriptors() == before);
}

namespace {

// What comes on an IPv6 datagram socket whose options ask for these items, at every room.
void cut_everywhere(std::vector<int> options) {
  std::optional<Socket> receiver;
  try {
    receiver.emplace(AF_INET6, SOCK_DGRAM);
    receiver->bind("::1", 0);
  } catch (const sock::Error& e) {
    MESSAGE("skipped: no IPv6 loopback here: " << e.what());
    return;
  }
  receiver->settimeout(5s);
  for (const int option : options) receiver->setsockopt(IPPROTO_IPV6, option, 1);
  Socket sender(AF_INET6, SOCK_DGRAM);
  const sock::Address to = receiver->getsockname();
  const ControlMessage sent[] = {{IPPROTO_IPV6, IPV6_HOPLIMIT, ints({7})},
                                 {IPPROTO_IPV6, IPV6_TCLASS, ints({42})}};
  const iovec buffer = part("x");
  const auto receive = [&](std::size_t room) {
    sender.sendmsg({&buffer, 1}, sent, 0, &to);
    return receiver->recvmsg(10, room);
  };
  const std::size_t all = options.size() * CMSG_SPACE(sizeof(int));
  const ReceivedMessage whole = receive(all);
  REQUIRE(whole.control.size() == options.size());
  CHECK((whole.flags & MSG_CTRUNC) == 0);
  for (const ControlMessage& item : whole.control) {
    CHECK(item.level == IPPROTO_IPV6);
    CHECK(item.data == (item.type == IPV6_HOPLIMIT ? ints({7}) : ints({42})));
  }
  for (std::size_t room = 0; room <= all + 8; ++room) {
    CAPTURE(room);
    const ReceivedMessage m = receive(room);
    std::size_t expected = 0;
    bool cut = false;
    for (std::size_t i = 0; i < options.size(); ++i) {
      const std::size_t start = i * CMSG_SPACE(sizeof(int));
      cut = cut || room < start + CMSG_LEN(sizeof(int));
      if (room < start + CMSG_LEN(0)) continue;
      expected = i + 1;
      REQUIRE(m.control.size() > i);
      const std::size_t data = std::min(room - start - CMSG_LEN(0), sizeof(int));
      CHECK(m.control[i].data == whole.control[i].data.substr(0, data));
      CHECK(m.control[i].type == whole.control[i].type);
    }
    CHECK(m.control.size() == expected);
    CHECK(((m.flags & MSG_CTRUNC) != 0) == cut);
  }
}

}  // namespace

TEST_CASE("a hop limit cut at every size comes as far as there was room") {
  cut_everywhere({IPV6_RECVHOPLIMIT});
}

TEST_CASE("a traffic class cut at every size comes as far as there was room") {
  cut_everywhere({IPV6_RECVTCLASS});
}

TEST_CASE("hop limit and traffic class together, cut at every size") {
  cut_everywhere({IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS});
}

TEST_CASE("send_fds and recv_fds pass descriptors along with data") {
  auto [a, b] = unix_pair();
  const Pipe pipe;
  const std::size_t before = open_descriptors();
  {
    const std::array parts{part("two "), part("ends")};
    CHECK(sock::send_fds(a, parts, std::array{pipe.in.get(), pipe.out.get()}) == 8);
    std::string text(20, '.');
    const ReceivedFds got = sock::recv_fds(b, space(text), 2);
    CHECK(text.substr(0, got.size) == "two ends");
    CHECK(got.flags == 0);
    REQUIRE(got.fds.size() == 2);
    CHECK(same_file(got.fds[0].get(), pipe.in.get()));
    CHECK(same_file(got.fds[1].get(), pipe.out.get()));
    for (const Fd& fd : got.fds) CHECK_FALSE(sock::get_inheritable(fd));
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("recv_fds takes exactly as many as asked for, and the kernel closes the others") {
  const Pipe pipe;
  const std::vector<int> three{pipe.in.get(), pipe.out.get(), pipe.in.get()};
  const std::size_t before = open_descriptors();
  for (std::size_t max = 0; max <= 4; ++max) {
    CAPTURE(max);
    auto [a, b] = unix_pair();
    const iovec buffer = part("x");
    sock::send_fds(a, {&buffer, 1}, three);
    std::string text(1, '.');
    const ReceivedFds got = sock::recv_fds(b, space(text), max);
    CHECK(got.size == 1);
    CHECK(got.fds.size() == std::min<std::size_t>(max, 3));
    CHECK(((got.flags & MSG_CTRUNC) != 0) == (max < 3));
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("recv_fds leaves no room for one more than asked for") {
  auto [a, b] = unix_pair();
  const Pipe pipe;
  const iovec buffer = part("x");
  sock::send_fds(a, {&buffer, 1}, std::array{pipe.in.get(), pipe.out.get()});
  std::string text(1, '.');
  const ReceivedFds got = sock::recv_fds(b, space(text), 1);
  CHECK(got.fds.size() == 1);
  CHECK((got.flags & MSG_CTRUNC) != 0);
}

TEST_CASE("recv_fds honours its flags: what is peeked at comes again") {
  auto [a, b] = unix_pair();
  const Pipe pipe;
  const iovec buffer = part("x");
  sock::send_fds(a, {&buffer, 1}, std::array{pipe.in.get()});
  std::string text(1, '.');
  const ReceivedFds peeked = sock::recv_fds(b, space(text), 1, MSG_PEEK);
  const ReceivedFds taken = sock::recv_fds(b, space(text), 1);
  REQUIRE(peeked.fds.size() == 1);
  REQUIRE(taken.fds.size() == 1);
  CHECK(peeked.fds[0].get() != taken.fds[0].get());
  CHECK(same_file(peeked.fds[0].get(), taken.fds[0].get()));
  b.setblocking(true);
  CHECK_THROWS_AS(sock::recv_fds(b, space(text), 1, MSG_DONTWAIT), sock::BlockingIOError);
}

TEST_CASE("send_fds honours its flags and its address") {
  Socket receiver(AF_UNIX, SOCK_DGRAM), sender(AF_UNIX, SOCK_DGRAM);
  receiver.settimeout(5s);
  receiver.bind(sock::Address::unix_(""));
  sender.bind(sock::Address::unix_(""));
  const sock::Address to = receiver.getsockname();
  const Pipe pipe;
  const iovec buffer = part("x");
  CHECK(sock::send_fds(sender, {&buffer, 1}, std::array{pipe.in.get()}, 0, &to) == 1);
  std::string text(1, '.');
  const ReceivedFds got = sock::recv_fds(receiver, space(text), 1);
  CHECK(got.fds.size() == 1);
  CHECK(got.from == sender.getsockname());
  const auto send_oob = [&] {
    sock::send_fds(sender, {&buffer, 1}, std::array{pipe.in.get()}, MSG_OOB, &to);
  };
  CHECK_THROWS_AS(send_oob(), sock::Error);
}

TEST_CASE("recv_fds gives no descriptors where none came, and refuses absurd limits") {
  auto [a, b] = unix_pair();
  a.send("plain");
  std::string text(10, '.');
  const ReceivedFds got = sock::recv_fds(b, space(text), 4);
  CHECK(got.size == 5);
  CHECK(got.fds.empty());
  CHECK_THROWS_AS(sock::recv_fds(b, space(text), INT_MAX), std::out_of_range);
  CHECK_THROWS_AS(sock::recv_fds(b, space(text), SIZE_MAX), std::out_of_range);
}

TEST_CASE("an empty list of descriptors is sent as a plain message") {
  auto [a, b] = unix_pair();
  const iovec buffer = part("x");
  CHECK(sock::send_fds(a, {&buffer, 1}, {}) == 1);
  std::string text(1, '.');
  CHECK(sock::recv_fds(b, space(text), 1).fds.empty());
}

TEST_CASE("cmsg_len and cmsg_space are the macros within an int's range") {
  for (std::int64_t n = 0; n < 257; ++n) {
    CHECK(sock::cmsg_len(n) == CMSG_LEN(static_cast<std::size_t>(n)));
    CHECK(sock::cmsg_space(n) == CMSG_SPACE(static_cast<std::size_t>(n)));
  }
  const auto longest = static_cast<std::int64_t>(INT_MAX - CMSG_LEN(0));
  CHECK(sock::cmsg_len(longest) == INT_MAX);
  const auto largest = static_cast<std::int64_t>(INT_MAX - CMSG_SPACE(1));
  CHECK(sock::cmsg_space(largest) <= INT_MAX);
  for (const std::int64_t bad : {std::int64_t{-1}, INT64_MIN, longest + 1, INT64_MAX})
    CHECK_THROWS_AS(sock::cmsg_len(bad), std::out_of_range);
  for (const std::int64_t bad : {std::int64_t{-1}, INT64_MIN, largest + 1, INT64_MAX})
    CHECK_THROWS_AS(sock::cmsg_space(bad), std::out_of_range);
}
