// The proxy servers people have, each on a free port of 127.0.0.1.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "cli/program.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

namespace cli {

// A server that runs until it is destroyed, and is there once this is made.
class Server {
 public:
  Server(std::string port, std::vector<std::string> argv, std::string host = "127.0.0.1")
      : address_(std::move(host) + ':' + port), process_(program(std::move(argv))) {
    const Outcome there = run_sock({"connect", "-z", "--wait", "20s", address_});
    if (there.code != 0) throw std::runtime_error("no server at " + address_ + ": " + there.out);
  }
  const std::string& address() const noexcept { return address_; }
  Process& process() noexcept { return process_; }

 private:
  static Program program(std::vector<std::string> argv) {
    Program program;
    program.argv = std::move(argv);
    program.deadline = std::chrono::minutes(3);
    return program;
  }
  std::string address_;
  Process process_;
};

inline std::string free_port() { return std::to_string(support::free_port()); }

// Takes headers of the PROXY protocol, and answers a request of HTTP with what they say.
inline Server haproxy(const support::TempDir& dir) {
  std::string port = free_port();
  support::write_file(
      dir / "haproxy.cfg",
      "defaults\n mode http\n timeout client 20s\n timeout server 20s\n timeout connect 20s\n"
      "frontend f\n bind 127.0.0.1:" +
          port +
          " accept-proxy\n http-request return status 200 content-type text/plain lf-string "
          "\"%[src]:%[src_port] %[dst]:%[dst_port]\"\n");
  return {port, {"haproxy", "-db", "-f", dir / "haproxy.cfg"}};
}

// SOCKS 5; with a user and a password nobody else is let in.
inline Server microsocks(const std::vector<std::string>& options = {}) {
  std::string port = free_port();
  std::vector<std::string> argv{"microsocks", "-i", "127.0.0.1", "-p", port};
  argv.insert(argv.end(), options.begin(), options.end());
  return {port, argv};
}

// CONNECT of HTTP.
inline Server ncat_proxy(const std::vector<std::string>& options = {}) {
  std::string port = free_port();
  std::vector<std::string> argv{"ncat", "-l", "-k", "--proxy-type", "http", "127.0.0.1", port};
  argv.insert(argv.end(), options.begin(), options.end());
  return {port, argv};
}

// SOCKS 4, 4a and 5, with datagrams.
inline Server dante(const support::TempDir& dir) {
  std::string port = free_port();
  support::write_file(dir / "danted.conf", "logoutput: " + (dir / "danted.log").string() +
                                               "\ninternal: 127.0.0.1 port = " + port +
                                               "\nexternal: 127.0.0.1\n"
                                               "clientmethod: none\nsocksmethod: none\n"
                                               "client pass { from: 0/0 to: 0/0 }\n"
                                               "socks pass { from: 0/0 to: 0/0 }\n");
  return {port, {"danted", "-f", dir / "danted.conf", "-p", dir / "danted.pid", "-N", "1"}};
}

inline Server tinyproxy(const support::TempDir& dir, const std::string& more = {}) {
  std::string port = free_port();
  support::write_file(dir / "tinyproxy.conf",
                      "Listen 127.0.0.1\nPort " + port + "\nTimeout 60\nMaxClients 20\nLogFile \"" +
                          (dir / "tinyproxy.log").string() + "\"\nLogLevel Warning\n" + more);
  return {port, {"tinyproxy", "-d", "-c", dir / "tinyproxy.conf"}};
}

}  // namespace cli
