#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/name_servers.hpp"
#include "cli/private_names.hpp"
#include "cli/program.hpp"

using namespace cli;

namespace {

std::string output_of(std::vector<std::string> argv) {
  Program program;
  program.argv = std::move(argv);
  return support::run(program).out;
}

std::string python(const std::string& expression) {
  return output_of({"python3", "-c", "import socket; print(" + expression + ")"});
}

// `sock` on a machine whose name is web1.
Program named(const PrivateNames& names, std::vector<std::string> arguments) {
  std::vector<std::string> argv{
      "unshare",   "--uts", "sh", "-c", "\"$0\" hostname --set web1 && exec \"$0\" \"$@\"",
      SOCK_PROGRAM};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return names.program(argv);
}

std::string own_name_refused(const PrivateNames& names) {
  if (std::string why = names.refused(); !why.empty()) return why;
  const Outcome outcome = support::run(names.program({"unshare", "--uts", "true"}));
  return outcome.code == 0 ? "" : "no namespace for the name here: " + outcome.err;
}

}  // namespace

TEST_CASE("the name is uname's") {
  const Outcome outcome = run_sock({"hostname"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  CHECK(outcome.out == output_of({"uname", "-n"}));
}

TEST_CASE("--fqdn is Python's getfqdn") {
  CHECK(run_sock({"hostname", "--fqdn"}).out == python("socket.getfqdn()"));
}

TEST_CASE("--short ends before the first dot") {
  CHECK(run_sock({"hostname", "--short"}).out == python("socket.gethostname().split('.')[0]"));
}

TEST_CASE("--addresses has the loopback interface's") {
  const Outcome outcome = run_sock({"hostname", "--addresses"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("127.0.0.1") != std::string::npos);
  CHECK(outcome.out.find("lo") != std::string::npos);
}

TEST_CASE("--domain is what follows the first dot of the full name") {
  CHECK(run_sock({"hostname", "--domain"}).out == python("socket.getfqdn().partition('.')[2]"));
}

TEST_CASE("--json has what is asked for") {
  const auto json = [](std::vector<std::string> arguments) {
    return nlohmann::json::parse(run_sock(std::move(arguments)).out);
  };
  CHECK(json({"hostname", "--json"})["hostname"].get<std::string>() + '\n' ==
        python("socket.gethostname()"));
  CHECK(json({"hostname", "--json", "--fqdn"})["fqdn"].get<std::string>() + '\n' ==
        python("socket.getfqdn()"));
  bool loopback = false;
  const auto addresses = json({"hostname", "--json", "--addresses"});
  for (const auto& one : addresses["addresses"])
    loopback |= one["address"] == "127.0.0.1" && one["interface"] == "lo" && one["scope"] == "host";
  CHECK(loopback);
}

TEST_CASE("--fqdn -v says how it got there") {
  const PrivateNames names("127.0.0.1 localhost\n192.0.2.1 web1 web1.example\n");
  if (const std::string why = own_name_refused(names); !why.empty()) {
    MESSAGE("skipped: " << why);
    return;
  }
  const Outcome outcome = support::run(named(names, {"hostname", "-v", "--fqdn"}));
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "web1.example\n");
  CHECK(outcome.err ==
        "gethostname: web1\n"
        "  gethostbyaddr web1: web1, alias web1.example, address 192.0.2.1\n"
        "  the first of the names with a dot: web1.example\n");
  CHECK(support::run(named(names, {"hostname", "--domain"})).out == "example\n");
}

TEST_CASE("--set gives this machine another name, in a namespace of its own here") {
  const PrivateNames names("127.0.0.1 localhost\n");
  if (const std::string why = own_name_refused(names); !why.empty()) {
    MESSAGE("skipped: " << why);
    return;
  }
  Program program;
  program.argv = {
      "unshare",   "--map-root-user",
      "--uts",     "sh",
      "-c",        "\"$0\" hostname --set other.test && uname -n && \"$0\" hostname --short",
      SOCK_PROGRAM};
  const Outcome outcome = support::run(program);
  CHECK(outcome.err == "");
  CHECK(outcome.out == "other.test\nother\n");
  CHECK(run_sock({"hostname", "--set", ""}).code == 2);
  CHECK(run_sock({"hostname", "--set", std::string(65, 'a')}).code == 2);
}

TEST_CASE("a name server that is silent does not hold up who gave it a time") {
  const NameServers names;
  if (const std::string why = names.refused(); !why.empty()) {
    MESSAGE("skipped: " << why);
    return;
  }
  const auto timed_out = [&](const std::string& run) {
    const Outcome outcome =
        names.run({"sh", "-c", "$0 hostname --set silent.test; " + run, SOCK_PROGRAM});
    INFO(outcome.err);
    CHECK(outcome.err.find("timed out; the name servers did not answer ") != std::string::npos);
    return outcome.code == 5;
  };
  CHECK(timed_out("$0 hostname --fqdn --timeout 300ms"));
  CHECK(timed_out("SOCK_TIMEOUT=300ms $0 hostname --domain"));
  CHECK(timed_out("SOCK_TIMEOUT=300ms $0 resolve silent.test"));
  CHECK(timed_out("SOCK_TIMEOUT=300ms $0 resolve --compare silent.test"));
  CHECK(timed_out("SOCK_TIMEOUT=300ms $0 connect silent.test:80"));
  CHECK(timed_out("SOCK_TIMEOUT=300ms $0 listen silent.test:80"));
}
