// Many names at once, and names that come and go, with a hosts file of their own.
#include <chrono>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/private_names.hpp"
#include "cli/program.hpp"

using namespace cli;

namespace {

// A test that needs them ends here where they cannot be had.
#define SKIP_WITHOUT(names)                                      \
  if (const std::string why = (names).refused(); !why.empty()) { \
    MESSAGE("skipped: " << why);                                 \
    return;                                                      \
  }

std::string number(int i) { return std::to_string(i / 256) + '.' + std::to_string(i % 256); }

}  // namespace

TEST_CASE("a dash among the names takes those of standard input, all in order") {
  std::string input, expected = "127.0.0.1\n";
  for (int i = 0; i < 500; ++i) {
    input += "127.0." + number(i) + "\n";
    expected += "127.0." + number(i) + "\n";
  }
  expected += "127.0.0.2\n";
  for (const char* jobs : {"1", "4"}) {
    const Outcome outcome =
        run_sock({"resolve", "-j", jobs, "127.0.0.1", "-", "127.0.0.2"}, Input::bytes(input));
    CHECK(outcome.code == 0);
    CHECK(outcome.err == "");
    CHECK(outcome.out == expected);
  }
}

TEST_CASE("an answer is there before the next name is given") {
  Process process(sock_with({"resolve", "-"}, Input::open()));
  process.write("127.0.0.1\n");
  process.wait_for_output("127.0.0.1\n");
  process.write("127.0.0.2\n");
  process.wait_for_output("127.0.0.2\n");
  process.close_input();
  CHECK(process.wait().code == 0);
}

TEST_CASE("of standard input too the worst name decides") {
  const Outcome outcome =
      run_sock({"resolve", "-"}, Input::bytes("127.0.0.1\nno..such.host\na:\n127.0.0.2\n"));
  CHECK(outcome.code == 3);
  CHECK(outcome.out == "127.0.0.1\n127.0.0.2\n");
  CHECK(outcome.err.find("no..such.host") != std::string::npos);
  CHECK(outcome.err.find("expected a service") != std::string::npos);
  CHECK(run_sock({"resolve", "-"}).code == 0);
}

TEST_CASE("a reader that has seen enough ends it, though more names may come") {
  Process process(sock_with({"resolve", "-"}, Input::open()));
  process.close_output();
  process.write("127.0.0.1\n127.0.0.2\n");
  CHECK(process.wait().code == 1);
}

TEST_CASE("names of the hosts file are what getaddrinfo makes of them, one by one or all at once") {
  const PrivateNames names(
      "127.0.0.1 localhost Mixed.Test\n"
      "192.0.2.1 one.test\n"
      "2001:db8::1 both.test\n192.0.2.2 both.test\n"
      "192.0.2.3 many.test\n192.0.2.4 many.test\n192.0.2.3 many.test\n"
      "::1 six.test\n"
      "::ffff:192.0.2.5 mapped.test\n"
      "192.0.2.6 127.7 9.test\n"
      "192.0.2.7 twice.test twice.test\n"
      "192.0.2.8 # commented.test\n");
  SKIP_WITHOUT(names);
  const std::vector<std::string> all{"localhost",   "mixed.test", "one.test",   "ONE.TEST",
                                     "both.test",   "many.test",  "six.test",   "mapped.test",
                                     "127.7",       "9.test",     "twice.test", "commented.test",
                                     "one.test:80", "one.test."};
  for (const std::string family : {"", "-4", "-6"}) {
    std::string input, one_by_one;
    for (const std::string& name : all) {
      input += name + '\n';
      std::vector<std::string> arguments{"resolve", name};
      if (!family.empty()) arguments.push_back(family);
      one_by_one += support::run(names.sock(arguments)).out;
    }
    std::vector<std::string> arguments{"resolve", "-"};
    if (!family.empty()) arguments.push_back(family);
    const Outcome at_once = support::run(names.sock(arguments, Input::bytes(input)));
    INFO(family);
    CHECK(at_once.out == one_by_one);
    CHECK(at_once.code == 3);
  }
}

TEST_CASE("the note names the line of the hosts file, and the reason without a route") {
  const PrivateNames names("127.0.0.1 localhost\n\n127.0.0.9 nine.test\n");
  SKIP_WITHOUT(names);
  const Outcome table = support::run(names.sock({"resolve", "-l", "nine.test:80", "localhost"}));
  CHECK(table.out.find("inet    127.0.0.9  80    stream  127.0.0.1  /etc/hosts:3\n") !=
        std::string::npos);
  CHECK(table.out.find("/etc/hosts:1, local name\n") != std::string::npos);
  CHECK(support::run(names.sock({"resolve", "-v", "localhost"})).err ==
        "names are looked up in: files (/etc/nsswitch.conf)\n");
  Program unreachable;  // a network namespace has no route
  unreachable.argv = {"unshare", "--map-root-user", "--net", SOCK_PROGRAM, "resolve",
                      "-l",      "192.0.2.1"};
  CHECK(support::run(unreachable).out.find("no route: network is unreachable") !=
        std::string::npos);
}

TEST_CASE("a look-up that takes too long is given up, and the others go on") {
  const PrivateNames names("");
  SKIP_WITHOUT(names);
  // A hosts file that is a pipe without a writer: who opens it waits.
  const support::TempDir directory;
  const Outcome outcome = support::run(names.program(
      {"sh", "-c",
       "mkfifo \"$1\" && mount --bind \"$1\" /etc/hosts && exec \"$0\" resolve --timeout 100ms "
       "127.0.0.1 stuck.test no..such.host:no-such-service 127.0.0.2",
       SOCK_PROGRAM, (directory / "pipe").string()}));
  CHECK(outcome.code == 5);
  CHECK(outcome.out == "127.0.0.1\n127.0.0.2\n");
  CHECK(outcome.err.find("resolve stuck.test: timed out; the name servers did not answer within "
                         "--timeout 100ms; ") != std::string::npos);
}

TEST_CASE("--wait waits for a name that is not known yet") {
  const PrivateNames names("127.0.0.1 localhost\n");
  SKIP_WITHOUT(names);
  Process process(names.sock({"resolve", "--wait", "15s", "late.test"}));
  // Whether it has looked once before or not: it finds the name.
  names.set_hosts("127.0.0.1 localhost\n192.0.2.1 late.test\n");
  const Outcome outcome = process.wait();
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "192.0.2.1\n");
  const Outcome never = support::run(names.sock({"resolve", "--wait", "2s", "never.test"}));
  CHECK(never.code == 5);
  CHECK(never.err.find("--wait 2s is over after") != std::string::npos);
  CHECK(never.err.find("EAI_NONAME") != std::string::npos);
}

TEST_CASE("--watch tells what changes until it is stopped") {
  const PrivateNames names("192.0.2.1 a.test\n192.0.2.2 a.test\n");
  SKIP_WITHOUT(names);
  Process process(names.sock({"resolve", "--watch", "--interval", "20ms", "a.test"}));
  process.wait_for_output("(\\+ 192.0.2.[12]\n){2}");
  names.set_hosts("192.0.2.2 a.test\n192.0.2.3 a.test\n");
  process.wait_for_output("- 192.0.2.1\n[^]*\\+ 192.0.2.3\n");
  names.set_hosts("127.0.0.1 localhost\n");
  process.wait_for_error("EAI_NONAME");
  process.signal(15);
  const Outcome outcome = process.wait();
  CHECK(outcome.signal == 15);
}

TEST_CASE("--reverse --check takes only a name that leads back") {
  // The second name is one that getaddrinfo() takes for the address 127.0.0.7.
  const PrivateNames names("127.0.0.1 localhost\n192.0.2.1 good.test\n192.0.2.9 127.7\n");
  SKIP_WITHOUT(names);
  const Outcome good = support::run(names.sock({"resolve", "-r", "--check", "192.0.2.1"}));
  CHECK(good.code == 0);
  CHECK(good.out == "good.test\n");
  CHECK(support::run(names.sock({"resolve", "-r", "192.0.2.9"})).out == "127.7\n");
  const Outcome bad = support::run(names.sock({"resolve", "-r", "--check", "192.0.2.9"}));
  CHECK(bad.code == 3);
  CHECK(bad.out == "");
  CHECK(bad.err.find("its name 127.7 has other addresses") != std::string::npos);
  const Outcome nameless = support::run(names.sock({"resolve", "-r", "192.0.2.77"}));
  CHECK(nameless.code == 3);
  CHECK(nameless.err.find("that address has no name") != std::string::npos);
}

TEST_CASE("ten thousand names of a hosts file come out in their order") {
  std::string hosts, input, expected;
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = "host" + std::to_string(i) + ".test";
    hosts += "10.1." + number(i) + ' ' + name + '\n';
    input += name + '\n';
    expected += "10.1." + number(i) + '\n';
  }
  const PrivateNames names(hosts);
  SKIP_WITHOUT(names);
  const Outcome all = support::run(names.sock({"resolve", "-"}, Input::bytes(input)));
  CHECK(all.code == 0);
  CHECK(all.out == expected);
}
