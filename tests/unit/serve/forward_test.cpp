#include "serve/forward.hpp"

#include <doctest/doctest.h>

#include "support/descriptors.hpp"
#include "unit/serve/served.hpp"

namespace {

using namespace served;
using sock::serve::Forward;
using Told = std::vector<std::string>;

sock::Socket target() {
  sock::Socket listener = sock::create_server("127.0.0.1", 0);
  listener.settimeout(10s);
  return listener;
}

sock::wire::DialPlan to(const sock::Socket& listener) {
  sock::wire::DialPlan plan;
  plan.target =
      sock::wire::parse_endpoint("127.0.0.1:" + std::to_string(listener.getsockname().port()));
  plan.timeout = 10s;
  return plan;
}

sock::Socket accept(sock::Socket& listener) {
  sock::Socket socket = listener.accept().first;
  socket.settimeout(10s);
  return socket;
}

TEST_CASE("each end is told of the other's end of input, and may still answer") {
  sock::Socket listener = target();
  Forward forward(to(listener));
  Served served(forward, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    client.sendall("question");
    client.shutdown(SHUT_WR);
    sock::Socket far = accept(listener);
    CHECK(read_to_end(far) == "question");
    far.sendall("late answer");
    far.close();
    CHECK(read_to_end(client) == "late answer");
  });
  CHECK(served.seen.told == Told{"accepted", "closed: ended 8 11"});
}

TEST_CASE("where nothing can be reached the peer's connection is closed, and that is told") {
  sock::Socket listener = target();
  Forward forward(to(listener));
  listener.close();
  Served served(forward, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    CHECK(read_to_end(client) == "");
  });
  const Told& told = served.seen.told;
  REQUIRE(told.size() == 3);
  CHECK(told[1].find("refused") != std::string::npos);
  CHECK(told[2] == "closed: failed 0 0");
}

TEST_CASE("sessions through which nothing passes any more hold no pipes") {
  constexpr std::size_t sessions = 12, pipes_kept = 4;
  const std::string much(4 * 1024 * 1024, 'x');
  sock::Socket listener = target();
  Forward forward(to(listener));
  Served served(forward, {.limits = {.in_all = sessions}});
  served.while_clients([&] {
    struct Session {
      sock::Socket near, far;
    };
    std::vector<Session> all;
    for (std::size_t i = 0; i < sessions; ++i) {
      sock::Socket near = served.client();
      sock::Socket far = accept(listener);
      near.sendall(".");  // both ends are joined once it is there
      CHECK(far.recv(1) == ".");
      all.push_back({std::move(near), std::move(far)});
    }
    const std::size_t before = support::open_descriptors();
    for (Session& session : all) {
      std::thread writer([&] { session.near.sendall(much); });
      std::size_t received = 0;
      while (received < much.size()) {
        const std::size_t part = session.far.recv(1024 * 1024).size();
        if (part == 0) break;
        received += part;
      }
      writer.join();
      CHECK(received == much.size());
    }
    CHECK(support::open_descriptors() <= before + 2 * pipes_kept);
  });
  CHECK(served.sessions.totals().bytes.received == sessions * (1 + much.size()));
}

}  // namespace
