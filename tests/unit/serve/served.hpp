// A server on a loop of its own, and clients in a thread beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "serve/server.hpp"
#include "sock/create.hpp"
#include "unit/io/ends.hpp"
#include "wire/listener.hpp"

namespace served {

using namespace std::chrono_literals;

// What was told, a word or line each.
struct Recorder : sock::io::Observer {
  std::vector<std::string> told;
  bool wants_sessions() const noexcept override { return true; }
  void introduced(std::string_view peer, std::string_view) override {
    told.push_back("introduced " + std::string(peer));
  }
  void secured(const sock::io::Secured& with) override {
    told.push_back("secured " + std::string(with.version));
  }
  void accepted(const sock::Socket&, std::string_view, std::uint64_t) override {
    told.emplace_back("accepted");
  }
  void denied(std::string_view, std::string_view, std::string_view reason) override {
    told.push_back("denied: " + std::string(reason));
  }
  void closed(const sock::io::Closed& session) override {
    told.push_back("closed: " + std::string(session.reason) + ' ' +
                   std::to_string(session.traffic.received) + ' ' +
                   std::to_string(session.traffic.sent));
  }
  void requested(const sock::io::Requested& request) override {
    told.push_back("asked: " + std::string(request.protocol) + ' ' + std::string(request.command) +
                   ' ' + std::string(request.target.substr(0, request.target.rfind(':'))) + " as " +
                   std::string(request.user));
  }
  void broken(std::string_view, const std::exception& error) override {
    told.push_back(std::string("broken: ") + error.what());
  }
  void lost(std::string_view, std::string_view) override { told.emplace_back("lost"); }
  void paused(const sock::Error&) override { told.emplace_back("paused"); }
};

struct Served {
  sock::io::Loop loop;
  Recorder seen;
  sock::serve::Sessions sessions;
  sock::serve::Server server;
  std::uint16_t port = 0;

  explicit Served(sock::serve::Mode& mode, sock::serve::Sessions::Options options = {},
                  const std::string& address = "127.0.0.1:0",
                  sock::serve::Reception::Options reception = {})
      : sessions(loop, std::move(options), seen),
        server(
            loop, sessions, mode, [this] { loop.stop(); }, std::move(reception)) {
    sock::wire::ListenPlan plan;
    plan.address = sock::wire::parse_endpoint(address);
    sock::io::Observer nobody;
    sock::wire::Listener listener(plan, nobody);
    port = listener.sockets().front().getsockname().port();
    server.listen(std::move(listener));
  }

  sock::Socket client() const {
    return sock::create_connection("127.0.0.1", port, {.timeout = sock::Timeout(10s)});
  }
  // Serves until the server is over.
  void while_clients(const std::function<void()>& play) {
    std::thread clients(play);
    ends::run(loop);
    clients.join();
  }
};

inline std::string read_to_end(sock::Socket& socket) {
  std::string all;
  for (std::string part; !(part = socket.recv(65536)).empty();) all += part;
  return all;
}

}  // namespace served
