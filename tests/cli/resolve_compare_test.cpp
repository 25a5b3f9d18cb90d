// --compare: name servers of our own, in a network namespace.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/name_servers.hpp"
#include "cli/program.hpp"

using namespace cli;
using nlohmann::json;

namespace {

Outcome compare(const NameServers& names, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {SOCK_PROGRAM, "resolve", "--compare"});
  return names.run(std::move(arguments));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

#define SKIP_WITHOUT(names)                                      \
  if (const std::string why = (names).refused(); !why.empty()) { \
    MESSAGE("skipped: " << why);                                 \
    return;                                                      \
  }

}  // namespace

TEST_CASE("each name server's answer stands beside what programs get, and differences are marked") {
  const NameServers names;
  SKIP_WITHOUT(names);
  const Outcome outcome = compare(names, {"a"});
  INFO(outcome.out);
  CHECK(outcome.err == "");
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "getaddrinfo  a "));
  CHECK(has(outcome.out, "127.0.0.1    a.test.  A     192.0.2.1 "));
  CHECK(has(outcome.out, "DIFFERS: lacks 192.0.2.1; adds 192.0.2.9\n"));
  CHECK(has(outcome.out, "127.0.0.2    a.test.  AAAA  2001:db8::1 "));
  CHECK(has(outcome.out, "127.0.0.3    a.test.  A     connection refused "));
}

TEST_CASE("a large answer is asked for by TCP, and the hosts file is no name server") {
  const NameServers names;
  SKIP_WITHOUT(names);
  const Outcome outcome =
      compare(names, {"--json", "-4", "--timeout", "10s", "big.test", "local.test", "no.test"});
  CHECK(outcome.code == 3);
  std::istringstream lines(outcome.out);
  std::string line;
  std::getline(lines, line);
  const json big = json::parse(line);
  CHECK(big["name"] == "big.test");
  CHECK(big["same"].is_null());  // nobody is at the third
  REQUIRE(big["answers"].size() == 4);
  CHECK(big["answers"][0]["addresses"].size() == 40);
  CHECK(big["answers"][1]["tcp"] == true);
  CHECK(big["answers"][1]["ttl"] == 300);
  CHECK(big["answers"][1]["lacks"].empty());
  std::getline(lines, line);
  const json local = json::parse(line);
  CHECK(local["answers"][0]["note"].get<std::string>().starts_with("/etc/hosts:1"));
  CHECK(local["answers"][1]["status"] == "NXDOMAIN");
  CHECK(local["same"] == false);
  std::getline(lines, line);
  const json none = json::parse(line);
  CHECK(none["answers"][0]["addresses"].empty());
  CHECK(none["answers"][2]["status"] == "NXDOMAIN");
  CHECK(none["answers"][2]["adds"].empty());
}

TEST_CASE("--compare is one question, asked once") {
  for (const char* other :
       {"--reverse", "--watch", "--count=2", "--wait=1s", "--python", "--passive"})
    CHECK(run_sock({"resolve", "--compare", other, "localhost"}).code == 2);
  for (const char* name : {"localhost:80", "127.0.0.1", "::1"})
    CHECK(run_sock({"resolve", "--compare", name}).code == 2);
}
