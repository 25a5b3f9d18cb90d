#include "serve/workers.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "serve/echo.hpp"
#include "unit/serve/served.hpp"

namespace {

using namespace served;
using sock::Socket;
using sock::serve::Counts;
using sock::serve::Gate;
using sock::serve::Server;
using sock::serve::Sessions;
using sock::serve::Workers;

// A listener for each of so many workers, all on one port.
struct Shared {
  sock::io::Loop loop;
  sock::io::Observer nobody;  // may be told by all threads, for it does nothing
  Sessions::Options options;
  std::exception_ptr error;
  std::uint16_t port = 0;
  Workers workers;

  explicit Shared(sock::serve::Limits limits = {}, std::size_t count = 3)
      : options{.gate = std::make_shared<Gate>(limits)},
        workers(loop, options, {}, nobody,
                [](sock::io::Loop&) { return std::make_unique<sock::serve::Echo>(); },
                {.over =
                     [this](std::exception_ptr broken) {
                       error = std::move(broken);
                       loop.stop();
                     },
                 .room = [] {}}) {
    sock::wire::ListenPlan plan;
    plan.address = sock::wire::parse_endpoint("127.0.0.1:0");
    sock::wire::Listener first(plan, nobody);
    port = first.sockets().front().getsockname().port();
    for (std::size_t i = 1; i < count; ++i) add(first.another(plan));
    add(std::move(first));
    workers.start();
  }
  void add(sock::wire::Listener listener) {
    std::vector<sock::wire::Listener> all;
    all.push_back(std::move(listener));
    workers.add(std::move(all));
  }
  void while_clients(const std::function<void()>& play) {
    std::thread clients(play);
    ends::run(loop);
    clients.join();
  }
  std::string echoed(const std::string& text) const {
    Socket client = sock::create_connection("127.0.0.1", port, {.timeout = sock::Timeout(10s)});
    client.sendall(text);
    client.shutdown(SHUT_WR);
    return read_to_end(client);
  }
};

TEST_CASE("workers share a port and the limit of peers, and are over together") {
  Shared shared({.in_all = 60});
  shared.while_clients([&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) CHECK(shared.echoed("hello") == "hello");
      });
    for (std::thread& thread : threads) thread.join();
  });
  CHECK(shared.error == nullptr);
  CHECK(shared.options.gate->total() == 60);
  CHECK(shared.options.gate->now() == 0);
}

TEST_CASE("the bytes of all workers are counted while they serve") {
  Shared shared;
  Counts counts;
  sock::io::Mailbox mailbox(shared.loop);
  shared.while_clients([&] {
    for (int i = 0; i < 20; ++i) shared.echoed("hello");
    mailbox.post([&] {
      shared.workers.count([&](const Counts& all) {
        counts = all;
        shared.loop.stop();
      });
    });
  });
  CHECK(counts.received == 100);
  CHECK(counts.sent == 100);
}

TEST_CASE("what breaks one of them is told, and the others are ended") {
  Shared shared;
  shared.workers.each([](Sessions&, Server&) { throw std::runtime_error("broke"); });
  ends::run(shared.loop);
  CHECK_THROWS_WITH(std::rethrow_exception(shared.error), "broke");
}

}  // namespace
