#include <signal.h>

#include <doctest/doctest.h>

#include "cli/serving.hpp"
#include "support/temp.hpp"

using namespace cli;
using support::TempDir;

namespace {

Outcome stop(Listener& listener) {
  listener.process.signal(SIGTERM);
  return listener.wait();
}

// Closed at once, without a byte: the end, or a reset where something was sent to it.
bool turned_away(const Listener& listener) {
  auto client = client_of(listener);
  try {
    return client.recv(1).empty();
  } catch (const sock::ConnectionResetError&) {
    return true;
  }
}

}  // namespace

TEST_CASE("--max-conns lets others wait until one has left") {
  Listener listener({"-k", "--echo", "--max-conns", "2"});
  auto first = client_of(listener), second = client_of(listener), third = client_of(listener);
  CHECK(answer_to(first, "1") == "1");
  CHECK(answer_to(second, "2") == "2");
  third.sendall("3");
  third.settimeout(sock::Timeout(200ms));
  CHECK_THROWS_AS(third.recv(1), sock::TimeoutError);
  first.close();
  third.settimeout(sock::Timeout(10s));
  CHECK(third.recv(1) == "3");
  second.close();
  third.close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("--max-per-peer turns away what a host has too many of, until one has left") {
  Listener listener({"-k", "-v", "--echo", "--max-per-peer", "2"});
  auto first = client_of(listener), second = client_of(listener);
  CHECK(answer_to(first, "1") == "1");
  CHECK(answer_to(second, "2") == "2");
  CHECK(turned_away(listener));
  listener.process.wait_for_error(
      "127.0.0.1:[0-9]+ turned away from 127.0.0.1:[0-9]+: too many of its host");
  first.close();
  listener.process.wait_for_error(": ended; ");
  auto third = client_of(listener);
  CHECK(answer_to(third, "3") == "3");
  second.close();
  third.close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("--max-total takes no more after so many, and ends when they have") {
  Listener listener({"-k", "--echo", "--max-total", "2"});
  auto first = client_of(listener), second = client_of(listener);
  CHECK(answer_to(second, "2") == "2");
  CHECK(run_sock({"connect", listener.address}).code == 4);
  CHECK(answer_to(first, "1") == "1");
  first.close();
  second.close();
  CHECK(listener.wait().code == 0);
}

TEST_CASE("--allow and --deny decide who may come") {
  struct Row {
    std::vector<std::string> options;
    bool allowed;
  };
  for (const Row& row : std::vector<Row>{{{"--allow", "127.0.0.0/8"}, true},
                                         {{"--allow", "10.0.0.0/8"}, false},
                                         {{"--deny", "127.0.0.1"}, false},
                                         {{"--deny", "10.0.0.0/8"}, true},
                                         {{"--deny", "all", "--allow", "localhost"}, true},
                                         {{"--allow", "127.0.0.0/8", "--deny", "127.0.0.1"}, false},
                                         {{"--allow", "::1", "--allow", "127.0.0.1"}, true}}) {
    std::vector<std::string> options{"-k", "--echo", "-4"};
    options.insert(options.end(), row.options.begin(), row.options.end());
    CAPTURE(row.options.back());
    Listener listener(options);
    if (row.allowed) {
      auto client = client_of(listener);
      CHECK(answer_to(client, "x") == "x");
    } else {
      CHECK(turned_away(listener));
    }
    listener.process.signal(SIGINT);
    CHECK(listener.wait().signal == SIGINT);
  }
}

TEST_CASE("rules hold for IPv4 that comes to an IPv6 socket, and for a single conversation") {
  Process dual(
      sock_with({"listen", "-k", "--echo", "--dualstack", "--deny", "127.0.0.0/8", "*:0"}));
  const std::string address = listening_address(dual);
  const std::string port = address.substr(address.rfind(':'));
  CHECK(run_sock({"connect", "127.0.0.1" + port}, Input::bytes("x")).out == "");
  dual.signal(SIGINT);
  dual.wait();

  Listener one({"-v", "--deny", "127.0.0.2"});
  sock::Socket stranger = sock::create_connection(
      "127.0.0.1", one.port(),
      {.timeout = sock::Timeout(10s), .source_address = {{"127.0.0.2", 0}}});
  CHECK(stranger.recv(1) == "");
  one.process.wait_for_error("127.0.0.2:[0-9]+ turned away");
  CHECK(run_sock({"connect", one.address}, Input::bytes("hello")).code == 0);
  CHECK(one.wait().out == "hello");
}

TEST_CASE("the access file is read again when it changes and on SIGHUP, and sessions go on") {
  const TempDir directory;
  const auto rules = directory / "rules";
  support::write_file(rules, "allow 127.0.0.0/8 # this machine\n");
  Listener listener({"-k", "-v", "--echo", "--access", rules.string()});
  auto early = client_of(listener);
  CHECK(answer_to(early, "1") == "1");

  support::write_file(rules, "deny all\n");
  listener.process.wait_for_error("rules was read again");
  CHECK(turned_away(listener));
  CHECK(answer_to(early, "2") == "2");

  // An editor puts a new file in its place.
  support::write_file(directory / "new", "allow all\n");
  std::filesystem::rename(directory / "new", rules);
  listener.process.wait_for_error("read again[^]*read again");
  auto late = client_of(listener);
  CHECK(answer_to(late, "3") == "3");

  // One that cannot be read changes nothing, and is told with its line.
  support::write_file(rules, "allow all\nforbid all\n");
  listener.process.wait_for_error(
      "rules: line 2: 'forbid': expected allow or deny; the rules "
      "before hold");
  auto later = client_of(listener);
  CHECK(answer_to(later, "4") == "4");

  support::write_file(rules, "allow all\n");
  listener.process.wait_for_error("read again[^]*read again[^]*read again");
  listener.process.signal(SIGHUP);
  listener.process.wait_for_error("read again[^]*read again[^]*read again[^]*read again");
  for (sock::Socket* socket : {&early, &late, &later}) socket->close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("an access file that cannot be used at the start is an error") {
  const TempDir directory;
  const auto rules = directory / "rules";
  support::write_file(rules, "allow 10.0.0.0/99\n");
  const Outcome wrong =
      run_sock({"listen", "-k", "--echo", "--access", rules.string(), "127.0.0.1:0"});
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("rules: line 1: '10.0.0.0/99': expected 0 to 32 bits") != std::string::npos);
  const Outcome missing = run_sock(
      {"listen", "-k", "--echo", "--access", (directory / "none").string(), "127.0.0.1:0"});
  CHECK(missing.code == 2);
  CHECK(missing.err.find("none: no such file") != std::string::npos);
}

TEST_CASE("rules that are swapped under load never disturb who is served") {
  const TempDir directory;
  const auto rules = directory / "rules";
  support::write_file(rules, "allow all\n");
  Listener listener({"-k", "--echo", "--access", rules.string()});
  auto steady = client_of(listener);
  int served = 0, away = 0;
  for (int i = 0; i < 300; ++i) {
    if (i % 10 == 0) {
      support::write_file(directory / "new", i % 20 == 0 ? "deny all\n" : "allow all\n");
      std::filesystem::rename(directory / "new", rules);
    }
    auto client = client_of(listener);
    try {
      answer_to(client, "x") == "x" ? ++served : ++away;
    } catch (const sock::Error&) {
      ++away;
    }
    CHECK(answer_to(steady, "steady") == "steady");
  }
  CHECK(served > 0);
  CHECK(away > 0);
  steady.close();
  const Outcome outcome = stop(listener);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("sock: ") == std::string::npos);
}

TEST_CASE("--idle-timeout ends who is idle, and nobody else") {
  Listener listener({"-k", "-v", "--echo", "--idle-timeout", "400ms"});
  auto idle = client_of(listener), busy = client_of(listener);
  for (int i = 0; i < 8; ++i) {
    CHECK(answer_to(busy, "x") == "x");
    std::this_thread::sleep_for(100ms);  // the behaviour of a slow peer
  }
  CHECK(read_to_end(idle) == "");
  CHECK(answer_to(busy, "y") == "y");
  listener.process.wait_for_error(": idle; ");
  busy.close();
  CHECK(stop(listener).code == 0);
}

TEST_CASE("--accept-timeout ends a run that nobody is served by, --deadline any") {
  Listener quiet({"-k", "--echo", "--accept-timeout", "300ms"});
  auto client = client_of(quiet);
  CHECK(answer_to(client, "x") == "x");
  std::this_thread::sleep_for(600ms);  // longer than the limit
  CHECK(answer_to(client, "y") == "y");
  client.close();
  const Outcome outcome = quiet.wait();
  CHECK(outcome.code == 5);
  CHECK(outcome.err.find("nobody came within --accept-timeout 300ms") != std::string::npos);

  Listener bounded({"-k", "--echo", "--deadline", "300ms"});
  auto held = client_of(bounded);
  CHECK(read_to_end(held) == "");
  const Outcome over = bounded.wait();
  CHECK(over.code == 5);
  CHECK(over.err.find("timed out: --deadline 300ms is over") != std::string::npos);
}
