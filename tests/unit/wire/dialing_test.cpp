#include "wire/dialing.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "recorder.hpp"
#include "sock/create.hpp"
#include "support/descriptors.hpp"
#include "support/peer.hpp"
#include "support/sockets.hpp"
#include "support/syscalls.hpp"

using namespace sock;
using namespace sock::wire;
using namespace std::chrono_literals;

namespace {

using support::server;
using Lines = std::vector<std::string>;

DialPlan to(const std::string& target, Timeout timeout = 20s) {
  DialPlan plan;
  plan.target = parse_endpoint(target);
  plan.timeout = timeout;
  return plan;
}

Path path_to(const std::string& address) {
  const auto found = candidates(parse_endpoint(address), {}, Purpose::connect, Deadline(5s));
  return {found.at(0), {}};
}

// One dial on a loop of its own, to its end.
struct Run {
  io::Loop loop;
  Recorder seen;
  std::optional<Dialed> dialed;
  std::exception_ptr error;
  int told = 0;

  explicit Run(const DialPlan& plan, const FindPaths& find = find_paths) {
    Dialing dialing(loop, plan, seen, done(), find);
    CHECK(told == 0);
    loop.run();
    CHECK(told == 1);
    CHECK(dialed.has_value() == (error == nullptr));
  }
  Dialing::Done done() {
    return [this](std::exception_ptr e, Dialed* d) {
      error = std::move(e);
      if (d) dialed = std::move(*d);
      ++told;
    };
  }
};

// What is answered to every name.
FindPaths answer(std::vector<std::string> addresses) {
  return [addresses = std::move(addresses)](const DialPlan&, io::Observer&) {
    std::vector<Path> paths;
    for (const std::string& address : addresses) paths.push_back(path_to(address));
    return paths;
  };
}

// The thread of a look-up lets go of what it shares a moment after it has answered.
bool comes_down_to(std::size_t descriptors) {
  for (int i = 0; i < 20'000 && support::open_descriptors() != descriptors; ++i)
    std::this_thread::sleep_for(1ms);
  return support::open_descriptors() == descriptors;
}

// A look-up that waits until it is let go, in a thread that may outlive the test.
struct Gate {
  std::promise<void> open;
  std::promise<void> passed;
  static FindPaths find(const std::shared_ptr<Gate>& gate) {
    return [gate](const DialPlan&, io::Observer&) -> std::vector<Path> {
      gate->open.get_future().wait();
      gate->passed.set_value();
      return {};
    };
  }
};

}  // namespace

TEST_CASE("a dial on a loop ends with a blocking socket, named and told of") {
  Socket listener = server();
  const std::string name = to_string(listener.getsockname());
  Run run(to(name));
  REQUIRE(run.dialed);
  CHECK(run.dialed->name == name);
  CHECK(run.dialed->peer == listener.getsockname());
  CHECK((::fcntl(run.dialed->socket.fileno(), F_GETFL) & O_NONBLOCK) == 0);
  CHECK_FALSE(run.dialed->socket.get_inheritable());
  CHECK(run.seen.lines == Lines{"attempt " + name, "connected " + name});
  Socket accepted = listener.accept().first;
  run.dialed->socket.sendall("x");
  CHECK(accepted.recv(1) == "x");
}

TEST_CASE("what needs no waiting is told from the loop all the same") {
  SUBCASE("datagrams") {
    Socket receiver = server(Address::inet("127.0.0.1", 0), SOCK_DGRAM);
    Run run(to("udp:" + to_string(receiver.getsockname())));
    REQUIRE(run.dialed);
    run.dialed->socket.send("x");
    CHECK(receiver.recv(1) == "x");
  }
  SUBCASE("a Unix socket") {
    Socket listener = server(Address::unix_(""));
    Run run(to(to_string(listener.getsockname())));
    REQUIRE(run.dialed);
    CHECK(run.dialed->name == to_string(listener.getsockname()));
  }
  SUBCASE("an inherited socket") {
    auto [ours, theirs] = socketpair();
    const std::string text = "fd:" + std::to_string(ours.detach());
    Run run(to(text));
    REQUIRE(run.dialed);
    CHECK(run.dialed->name == text);
  }
}

TEST_CASE("failures of a dial on a loop are those of dial()") {
  const support::ClosedPort closed;
  const std::size_t before = support::open_descriptors();
  {
    Run run(to(closed.address()));
    CHECK_THROWS_AS(std::rethrow_exception(run.error), ConnectionRefusedError);
    CHECK(run.seen.lines == Lines{"attempt " + closed.address(),
                                  "failed " + closed.address() + ": Connection refused"});
  }
  CHECK_THROWS_AS(std::rethrow_exception(Run(to("unix:")).error), UsageError);
  CHECK_THROWS_AS(std::rethrow_exception(Run(to("no..such.host:80")).error), gaierror);
  try {
    std::rethrow_exception(
        Run(to("x.test:80"), answer({closed.address(), closed.address()})).error);
  } catch (const ErrorGroup& group) {
    REQUIRE(group.errors().size() == 2);
    CHECK(group.errors()[1].subject() == closed.address());
  }
  CHECK(comes_down_to(before));
}

TEST_CASE("a socket that meets itself is no connection") {
  Socket taken(AF_INET);
  taken.bind(Address::inet("127.0.0.1", 0));
  const Address self = taken.getsockname();
  taken.close();
  DialPlan plan = to(to_string(self));
  plan.source = parse_source(to_string(self));
  CHECK_THROWS_AS(std::rethrow_exception(Run(plan).error), ConnectionRefusedError);
}

TEST_CASE("a name is looked up beside the loop, and told of within it") {
  Socket listener = server();
  const std::string port = std::to_string(listener.getsockname().port());
  DialPlan plan = to("localhost:" + port);
  plan.choice.family = AF_INET;
  Run run(plan);
  REQUIRE(run.dialed);
  CHECK(run.seen.lines == Lines{"resolving localhost", "resolved localhost 1",
                                "attempt 127.0.0.1:" + port, "connected 127.0.0.1:" + port});
}

TEST_CASE("the loop turns while a look-up waits, and leaves it behind at the limit") {
  const auto gate = std::make_shared<Gate>();
  io::Loop loop;
  Recorder seen;
  bool turned = false;
  std::exception_ptr error;
  const Dialing dialing(
      loop, to("slow.test:80", 60ms), seen, [&](std::exception_ptr e, Dialed*) { error = e; },
      Gate::find(gate));
  const io::Timer timer = loop.after(1ms, [&] { turned = error == nullptr; });
  loop.run();
  CHECK(turned);
  try {
    std::rethrow_exception(error);
  } catch (const TimeoutError& e) {
    CHECK(e.operation() == "resolve");
    CHECK(e.subject() == "slow.test");
  }
  gate->open.set_value();
  CHECK(gate->passed.get_future().wait_for(20s) == std::future_status::ready);
}

TEST_CASE("a dial that is destroyed tells nobody and leaves nothing open") {
  const support::FullListener full;
  const std::size_t before = support::open_descriptors();
  const auto gate = std::make_shared<Gate>();
  {
    io::Loop loop;
    Recorder seen;
    int told = 0;
    const auto count = [&](std::exception_ptr, Dialed*) { ++told; };
    auto connecting = std::make_unique<Dialing>(loop, to(full.address()), seen, count);
    auto asking = std::make_unique<Dialing>(loop, to("x.test:1"), seen, count, Gate::find(gate));
    const support::ClosedPort closed;
    auto failed = std::make_unique<Dialing>(loop, to("unix:/no/such/file"), seen, count);
    const io::Timer timer = loop.after(1ms, [&] {
      connecting.reset();
      asking.reset();
    });
    failed.reset();
    loop.run();  // until nothing is left to wait for
    CHECK(told == 0);
  }
  gate->open.set_value();
  CHECK(gate->passed.get_future().wait_for(20s) == std::future_status::ready);
  CHECK(comes_down_to(before));
}

TEST_CASE("a dial may be destroyed, and another one begun, when its end is told") {
  Socket listener = server();
  const support::ClosedPort closed;
  io::Loop loop;
  Recorder seen;
  std::unique_ptr<Dialing> dialing;
  bool connected = false;
  dialing = std::make_unique<Dialing>(
      loop, to(closed.address()), seen, [&](std::exception_ptr error, Dialed*) {
        CHECK(error);
        dialing = std::make_unique<Dialing>(loop, to(to_string(listener.getsockname())), seen,
                                            [&](std::exception_ptr, Dialed* dialed) {
                                              connected = dialed != nullptr;
                                              dialing.reset();
                                            });
      });
  loop.run();
  CHECK(connected);
}

TEST_CASE("an address that does not answer is overtaken, and closed") {
  const support::FullListener full;
  Socket listener = server();
  const std::string good = to_string(listener.getsockname());
  const std::size_t before = support::open_descriptors();
  const auto start = std::chrono::steady_clock::now();
  {
    Run run(to("x.test:1"), answer({full.address(), good}));
    REQUIRE(run.dialed);
    CHECK(run.dialed->name == good);
    CHECK(run.seen.lines == Lines{"resolving x.test", "attempt " + full.address(),
                                  "attempt " + good, "connected " + good,
                                  "overtaken " + full.address()});
    run.loop.run();
  }
  // The system alone would try the first for more than two minutes.
  CHECK(std::chrono::steady_clock::now() - start < 10s);
  CHECK(std::chrono::steady_clock::now() - start >= Race::recommended);
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("in sequence nobody is overtaken, and the preferred family goes first") {
  const support::FullListener full;
  Socket listener = server();
  const std::string good = to_string(listener.getsockname());
  DialPlan plan = to("x.test:1", 400ms);
  plan.sequential = true;
  Run run(plan, answer({full.address(), good}));
  CHECK_THROWS_AS(std::rethrow_exception(run.error), TimeoutError);
  CHECK(run.seen.lines == Lines{"resolving x.test", "attempt " + full.address(),
                                "failed " + full.address() + ": timed out"});

  plan.preferred = AF_INET;
  Run preferred(plan, answer({"[::1]:1", good}));
  REQUIRE(preferred.dialed);
  CHECK(preferred.seen.lines == Lines{"resolving x.test", "attempt " + good, "connected " + good});
}

TEST_CASE("a Unix listener with a full queue is asked again until it has room") {
  Socket listener = server(Address::unix_(""));
  listener.listen(0);
  const std::string name = to_string(listener.getsockname());
  const Run first(to(name));
  CHECK_THROWS_AS(std::rethrow_exception(Run(to(name, 60ms)).error), TimeoutError);

  io::Loop loop;
  Recorder seen;
  bool connected = false;
  const Dialing dialing(loop, to(name), seen,
                        [&](std::exception_ptr, Dialed* d) { connected = d != nullptr; });
  const io::Timer timer = loop.after(5ms, [&] { (void)listener.accept(); });
  loop.run();
  CHECK(connected);
}

TEST_CASE("to dial one literal address takes one socket and one connect, and nothing else") {
  Socket listener = server();
  const DialPlan plan = to(to_string(listener.getsockname()), Timeout());
  io::Observer nobody;
  const auto calls = support::system_calls([&] {
    // The descriptor is closed by the end of the process.
    (void)dial(plan, nobody).socket.detach();
  });
  if (!calls) {
    MESSAGE("skipped: this machine allows no tracing");
    return;
  }
  std::vector<long> network(*calls);
  std::erase_if(network, [](long call) { return call != SYS_socket && call != SYS_connect; });
  CHECK(network == std::vector<long>{SYS_socket, SYS_connect});
  for (const long call : {SYS_fcntl, SYS_ioctl, SYS_epoll_create1, SYS_clone3, SYS_clone, SYS_poll,
                          SYS_getsockopt, SYS_setsockopt, SYS_eventfd2})
    CHECK(std::count(calls->begin(), calls->end(), call) == 0);
}
