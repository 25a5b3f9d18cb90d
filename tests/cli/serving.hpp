// What the tests of `sock listen -k` share: servers, plain clients, and a look at the process.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "cli/program.hpp"
#include "sock/create.hpp"
#include "sock/socket.hpp"
#include "support/sockets.hpp"

namespace cli {

using namespace std::chrono_literals;
using support::read_exactly;

// Connected; every wait is bounded.
inline sock::Socket client_of(const Listener& listener) {
  return sock::create_connection("127.0.0.1", listener.port(), {.timeout = sock::Timeout(10s)});
}

inline std::string read_to_end(sock::Socket& socket) {
  std::string all;
  for (std::string part; !(part = socket.recv(256 * 1024)).empty();) all += part;
  return all;
}

// `sock listen -k udp:127.0.0.1:0`, once it listens.
struct UdpServer {
  Process process;
  std::string address;  // udp:127.0.0.1:PORT
  explicit UdpServer(std::vector<std::string> options, Input input = {},
                     std::vector<std::string> command = {})
      : process(sock_with(words(std::move(options), std::move(command)), std::move(input))),
        address(listening_address(process)) {}

  static std::vector<std::string> words(std::vector<std::string> options,
                                        std::vector<std::string> command) {
    options.insert(options.begin(), {"listen", "-k", "udp:127.0.0.1:0"});
    options.insert(options.end(), command.begin(), command.end());
    return options;
  }
  std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  // From an address of its own.
  sock::Socket client(const char* from = "127.0.0.1") const {
    sock::Socket socket(AF_INET, SOCK_DGRAM);
    socket.settimeout(10s);
    socket.bind(from, 0);
    socket.connect("127.0.0.1", port());
    return socket;
  }
  Outcome stop() {
    process.signal(SIGTERM);
    return process.wait();
  }
};

inline std::string ask(sock::Socket& socket, std::string_view text) {
  socket.send(text);
  return socket.recv(65536);
}

// Sent, and as much read again.
inline std::string answer_to(sock::Socket& socket, std::string_view text) {
  socket.sendall(text);
  return read_exactly(socket, text.size());
}

// Looks again and again until it is so; the bound is that of every wait.
inline void wait_until(const std::function<bool()>& so) {
  const auto end = std::chrono::steady_clock::now() + 15s;
  while (!so()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("it never came to be so");
    std::this_thread::sleep_for(2ms);
  }
}

inline std::filesystem::path proc(pid_t pid, const char* what) {
  return std::filesystem::path("/proc") / std::to_string(pid) / what;
}

inline std::size_t descriptors_of(pid_t pid) {
  namespace fs = std::filesystem;
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(proc(pid, "fd")), fs::directory_iterator()));
}

// Resident, in KiB.
inline std::size_t memory_of(pid_t pid) {
  std::ifstream status(proc(pid, "status"));
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      std::size_t kib = 0;
      status >> kib;
      return kib;
    }
  throw std::runtime_error("no VmRSS");
}

inline std::vector<pid_t> children_of(pid_t pid) {
  std::ifstream file(proc(pid, "task") / std::to_string(pid) / "children");
  return {std::istream_iterator<pid_t>(file), {}};
}

// Processor time it took so far, in clock ticks of 10 ms.
inline unsigned long ticks_of(pid_t pid) {
  std::ifstream file(proc(pid, "stat"));
  std::string word;
  for (int i = 0; i < 13; ++i) file >> word;
  unsigned long user = 0, system = 0;
  file >> user >> system;
  return user + system;
}

}  // namespace cli
