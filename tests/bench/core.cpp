// What the socket core costs beside the bare system calls, CPython's socket and Asio.
//
// Each contender runs a turn, then the next one, for many turns, so that whatever else the machine
// does hits all alike; a figure is the median of its turns, its ratio the median of the ratios
// within a turn.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <sock/create.hpp>
#include <sock/socket.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "ping_pong.hpp"

namespace {

using bench::PingPong;
using Clock = std::chrono::steady_clock;

constexpr int turns = 41;

struct Contender {
  std::string name;
  PingPong run;
  std::vector<double> times = {};  // ns a round, one a turn
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void measure(std::vector<Contender>& all, int rounds) {
  for (Contender& one : all) one.run(rounds);  // warm
  for (int turn = 0; turn < turns; ++turn) {
    for (Contender& one : all) {
      const auto start = Clock::now();
      one.run(rounds);
      const std::chrono::duration<double, std::nano> took = Clock::now() - start;
      one.times.push_back(took.count() / rounds);
    }
  }
}

void print(const char* title, const std::vector<Contender>& all) {
  std::printf("\n%s\n", title);
  for (const Contender& one : all) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < one.times.size(); ++i)
      ratios.push_back(one.times[i] / all.front().times[i]);
    std::printf("  %-22s %9.0f ns  %.3f of the first\n", one.name.c_str(), median(one.times),
                median(ratios));
  }
}

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + " gave less than was asked for");
}

struct Pair {
  sock::Socket near, far;
};

std::shared_ptr<Pair> connected() {
  auto [near, far] = sock::socketpair();
  return std::make_shared<Pair>(Pair{std::move(near), std::move(far)});
}

PingPong bare_ping_pong(std::size_t size) {
  return [pair = connected(), data = std::vector<std::byte>(size)](int rounds) mutable {
    const int near = pair->near.fileno(), far = pair->far.fileno();
    const auto whole = static_cast<ssize_t>(data.size());
    for (int i = 0; i < rounds; ++i) {
      if (::send(near, data.data(), data.size(), MSG_NOSIGNAL) != whole) fail("send");
      if (::recv(far, data.data(), data.size(), 0) != whole) fail("recv");
      if (::send(far, data.data(), data.size(), MSG_NOSIGNAL) != whole) fail("send");
      if (::recv(near, data.data(), data.size(), 0) != whole) fail("recv");
    }
  };
}

PingPong core_ping_pong(std::size_t size) {
  return [pair = connected(), data = std::vector<std::byte>(size)](int rounds) mutable {
    for (int i = 0; i < rounds; ++i) {
      if (pair->near.send(data) != data.size()) fail("send");
      if (pair->far.recv_into(data) != data.size()) fail("recv");
      if (pair->far.send(data) != data.size()) fail("send");
      if (pair->near.recv_into(data) != data.size()) fail("recv");
    }
  };
}

// In a process of its own, which runs a turn for each line that it gets.
PingPong python_ping_pong(int rounds, std::size_t size) {
  struct Python {
    sock::Socket ours;
    pid_t pid;
    Python(sock::Socket socket, pid_t process) : ours(std::move(socket)), pid(process) {}
    Python(const Python&) = delete;
    Python& operator=(const Python&) = delete;
    ~Python() {
      ours.close();
      ::waitpid(pid, nullptr, 0);
    }
  };
  auto [ours, theirs] = sock::socketpair();
  const std::string count = std::to_string(rounds), bytes = std::to_string(size);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(theirs.fileno(), 0);
    ::dup2(theirs.fileno(), 1);
    ::execl(PYTHON, PYTHON, PING_PONG_PY, count.c_str(), bytes.c_str(), nullptr);
    ::_exit(127);
  }
  return [python = std::make_shared<Python>(std::move(ours), pid)](int) {
    python->ours.sendall("\n");
    if (python->ours.recv(1) != "\n") fail("python");
  };
}

// A connection made, taken and closed.
PingPong bare_accept() {
  const auto server = std::make_shared<sock::Socket>(sock::create_server("127.0.0.1", 0));
  return [server, address = server->getsockname()](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      const int near = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (::connect(near, address.data(), address.size()) != 0) fail("connect");
      sockaddr_storage peer;
      socklen_t size = sizeof peer;
      const int far =
          ::accept4(server->fileno(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC);
      if (far < 0) fail("accept");
      ::close(near);
      ::close(far);
    }
  };
}

PingPong core_accept() {
  const auto server = std::make_shared<sock::Socket>(sock::create_server("127.0.0.1", 0));
  return [server, address = server->getsockname()](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      sock::Socket near(AF_INET, SOCK_STREAM);
      near.connect(address);
      const auto accepted = server->accept();
    }
  };
}

}  // namespace

int main() {
  for (const std::size_t size : {std::size_t{64}, std::size_t{16 * 1024}}) {
    constexpr int rounds = 5000;
    std::vector<Contender> all{{"bare system calls", bare_ping_pong(size)},
                               {"sock::Socket", core_ping_pong(size)},
                               {"CPython's socket", python_ping_pong(rounds, size)}};
#ifdef WITH_ASIO
    all.push_back({"Asio", bench::asio_ping_pong(size)});
#endif
    measure(all, rounds);
    const std::string title = std::to_string(size) + " bytes there and back: 2 send, 2 recv";
    print(title.c_str(), all);
  }
  std::vector<Contender> all{{"bare system calls", bare_accept()}, {"sock::Socket", core_accept()}};
  measure(all, 500);
  print("socket, connect, accept, and both closed", all);
  return 0;
}
