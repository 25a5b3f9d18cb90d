// What the cases of the families share. The name of a case's suite is a row of the table that
// documented.py makes: "AF_CAN CAN_RAW / C++", or "/ shell".
#pragma once

#include <signal.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "sock/error.hpp"
#include "sock/socket.hpp"

namespace guest {

using namespace std::chrono_literals;
using namespace std::string_literals;
using cli::Input;
using cli::Outcome;
using cli::Process;
using cli::run_sock;
using cli::sock_with;
using sock::Address;
using sock::Socket;

// This kernel lacks it, or does not let us have it. Such a case has to pass in another.
inline bool lacks(const sock::Error& error) {
  for (const int cause : {EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EPERM, EACCES, ENODEV,
                          ENETUNREACH, EADDRNOTAVAIL})
    if (error.code().value() == cause) return true;
  return false;
}

// The socket, or nothing, and the reason told.
inline std::optional<Socket> have(int family, int type, int protocol = 0) {
  try {
    Socket socket(family, type, protocol);
    socket.settimeout(20s);
    return socket;
  } catch (const sock::Error& error) {
    if (!lacks(error)) throw;
    MESSAGE("skipped: " << error.what());
    return {};
  }
}

// Also where the family is there, but not what it would be bound to.
inline bool have_interface(const char* name) {
  try {
    (void)Address::packet(name, 0);
    return true;
  } catch (const sock::Error& error) {
    MESSAGE("skipped: " << error.what());
    return false;
  }
}

// On a virtual machine vsock's local address may be that of whoever runs it.
inline bool in_guest() {
  if (std::getenv("SOCK_IN_GUEST")) return true;
  MESSAGE("skipped: vsock is left alone outside of a guest");
  return false;
}

// Both ways between a listener, which is bound, and a client that is to be connected to it.
inline void converse(Socket& listener, Socket& client, const Address& to) {
  listener.listen();
  std::thread peer([&] {  // TIPC's connect waits for accept
    auto [socket, from] = listener.accept();
    socket.settimeout(20s);
    const std::string question = socket.recv(100);
    socket.sendall(question + " answered");
  });
  client.connect(to);
  client.sendall("question"s);
  std::string answer;
  while (answer.size() < 17) {
    const std::string part = client.recv(100);
    if (part.empty()) break;
    answer += part;
  }
  peer.join();
  CHECK(answer == "question answered");
}

// A message to a bound socket, and one back to whoever sent it.
inline void exchange(Socket& server, Socket& client, const Address& to) {
  client.sendto("question"s, to);
  const auto [question, from] = server.recvfrom(100);
  CHECK(question == "question");
  server.sendto("answer"s, from);
  CHECK(client.recv(100) == "answer");
}

// `sock listen`, or nothing where this kernel lacks the family.
inline std::optional<Process> listen(std::vector<std::string> words, Input input = {}) {
  words.insert(words.begin(), "listen");
  Process process(sock_with(std::move(words), std::move(input)));
  const std::string said = process.wait_for_error("listening on [^\\n]*\\n|sock: [^\\n]*\\n");
  if (said.starts_with("listening")) return process;
  if (process.wait().code == 8) {
    MESSAGE("skipped: " << said);
    return {};
  }
  FAIL(said);
  return {};
}

inline Outcome stopped(Process& process) {
  process.signal(SIGTERM);
  return process.wait();
}

}  // namespace guest
