// `sock resolve --python` and Python's own getaddrinfo, side by side.
#include <doctest/doctest.h>

#include "cli/private_names.hpp"
#include "cli/program.hpp"

using namespace cli;

namespace {

struct Row {
  const char* name;
  const char* service = "";  // none
  const char* family = "0";
  const char* type = "0";
  const char* flags = "0";
};

// Prints for each row what sock should, after a line "= ROW"; a failure as the EAI name.
const std::string python =
    "import socket, sys\n"
    "eai = {}\n"
    "for n in dir(socket):\n"
    "    if n.startswith('EAI_'): eai[getattr(socket, n)] = n\n"
    "def number(text): return sum(getattr(socket, t) for t in text.split(',') if t != '0')\n"
    "rows = sys.argv[1:]\n"
    "for i in range(0, len(rows), 5):\n"
    "    name, service, family, kind, flags = rows[i:i + 5]\n"
    "    print('=')\n"
    "    try:\n"
    "        for t in socket.getaddrinfo(name or None, service or None, number(family),\n"
    "                                    number(kind), 0, number(flags)): print(t)\n"
    "    except socket.gaierror as e: print(eai[e.errno])\n";

std::vector<std::string> expected_of(const std::vector<Row>& rows, const PrivateNames* names) {
  std::vector<std::string> argv{"python3", "-c", python};
  for (const Row& row : rows)
    argv.insert(argv.end(), {row.name, row.service, row.family, row.type, row.flags});
  Program plain;
  plain.argv = argv;
  const Outcome outcome = support::run(names ? names->program(argv) : plain);
  REQUIRE(outcome.err == "");
  std::vector<std::string> expected;
  std::string rest = outcome.out;
  while (!rest.empty()) {
    const auto end = std::min(rest.find("=\n", 2), rest.size());
    expected.push_back(rest.substr(2, end - 2));
    rest.erase(0, end);
  }
  REQUIRE(expected.size() == rows.size());
  return expected;
}

std::vector<std::string> options_of(const Row& row) {
  std::vector<std::string> options{"resolve", "--python"};
  if (row.family != std::string("0"))
    options.emplace_back(row.family == std::string("AF_INET") ? "-4" : "-6");
  if (row.type != std::string("0")) options.insert(options.end(), {"--type", row.type});
  if (row.flags != std::string("0")) options.insert(options.end(), {"--flags", row.flags});
  return options;
}

std::string target_of(const Row& row) {
  std::string name = row.name;
  if (*row.service == '\0') return name;
  if (name.find(':') != name.npos) name = '[' + name + ']';
  return name + ':' + row.service;
}

void compare(const std::vector<Row>& rows, const PrivateNames* names = nullptr) {
  const auto expected = expected_of(rows, names);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto arguments = options_of(rows[i]);
    arguments.push_back(target_of(rows[i]));
    std::string shown;
    for (const std::string& argument : arguments) shown += argument + ' ';
    INFO(shown);
    const Outcome outcome = support::run(names ? names->sock(arguments) : sock_with(arguments));
    if (expected[i].starts_with("EAI_")) {
      CHECK(outcome.code == 3);
      CHECK(outcome.out == "");
      CHECK(outcome.err.find(expected[i].substr(0, expected[i].size() - 1) + ": ") !=
            std::string::npos);
    } else {
      CHECK(outcome.err == "");
      CHECK(outcome.out == expected[i]);
      CHECK(outcome.code == 0);
    }
  }
}

}  // namespace

TEST_CASE("the tuples are those of Python, for names, families, types and flags") {
  std::vector<Row> rows;
  for (const char* name : {"localhost", "127.0.0.1", "127.1"})
    for (const char* service : {"", "80", "http", "domain"})
      for (const char* type : {"0", "SOCK_STREAM", "SOCK_DGRAM"})
        for (const char* family : {"0", "AF_INET"}) rows.push_back({name, service, family, type});
  for (const char* family : {"0", "AF_INET6"}) {
    rows.push_back({"::1", "", family});
    rows.push_back({"::1", "443", family, "SOCK_STREAM"});
    rows.push_back({"fe80::1%1", "", family});
    rows.push_back({"::ffff:192.0.2.1", "53", family, "SOCK_DGRAM"});
  }
  compare(rows);
}

TEST_CASE("the flags of getaddrinfo change the tuples as in Python") {
  compare({
      {"", "80", "0", "0", "AI_PASSIVE"},
      {"", "80", "0", "0", "0"},
      {"", "80", "AF_INET6", "SOCK_STREAM", "AI_PASSIVE"},
      {"localhost", "", "0", "0", "AI_CANONNAME"},
      {"127.0.0.1", "80", "0", "SOCK_STREAM", "AI_CANONNAME,AI_NUMERICHOST"},
      {"127.0.0.1", "80", "AF_INET6", "SOCK_STREAM", "AI_V4MAPPED"},
      {"127.0.0.1", "80", "AF_INET6", "SOCK_STREAM", "AI_V4MAPPED,AI_ALL"},
      {"127.0.0.1", "80", "0", "SOCK_RAW", "AI_NUMERICSERV"},
      {"127.0.0.1", "http", "0", "SOCK_STREAM", "AI_NUMERICSERV"},
      {"localhost", "", "0", "0", "AI_NUMERICHOST"},
  });
}

TEST_CASE("what Python fails with has the same name here") {
  compare({
      {"127.0.0.1", "no-such-service"},
      {"127.0.0.1", "", "AF_INET6"},
      {"::1", "", "AF_INET"},
      {"127.0.0.1", "http", "0", "SOCK_RAW"},
      {"127.0.0.1", "no-such-service", "0", "SOCK_STREAM"},
  });
}

TEST_CASE("names of the hosts file give Python's tuples") {
  const PrivateNames names(
      "127.0.0.1 localhost\n"
      "192.0.2.1 one.test one\n"
      "2001:db8::1 both.test\n"
      "192.0.2.2 both.test\n"
      "192.0.2.3 many.test\n192.0.2.4 many.test\n"
      "2001:db8::2 six.test\n");
  if (const std::string why = names.refused(); !why.empty()) {
    MESSAGE("skipped: " << why);
    return;
  }
  std::vector<Row> rows;
  for (const char* name : {"one.test", "one", "both.test", "many.test", "six.test", "none.test"})
    for (const char* family : {"0", "AF_INET", "AF_INET6"})
      for (const char* flags : {"0", "AI_CANONNAME", "AI_V4MAPPED"})
        rows.push_back({name, "80", family, "SOCK_STREAM", flags});
  compare(rows, &names);
}
