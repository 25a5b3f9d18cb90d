#include <doctest/doctest.h>

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
