// The same answers, in the same order, as Python's socket module gives.
#include <dlfcn.h>

#include <algorithm>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/program.hpp"

using namespace cli;

namespace {

// What a Python program prints, its arguments in sys.argv[1:].
std::string python(const std::string& code, std::vector<std::string> arguments = {}) {
  Program program;
  program.argv = {"python3", "-c", "import socket, sys\n" + code};
  program.argv.insert(program.argv.end(), arguments.begin(), arguments.end());
  const Outcome outcome = support::run(program);
  REQUIRE(outcome.code == 0);
  return outcome.out;
}

const std::string addresses_of =
    "seen = []\n"
    "family = int(sys.argv[2]) if len(sys.argv) > 2 else 0\n"
    "for entry in socket.getaddrinfo(sys.argv[1], None, family):\n"
    "    if entry[4][0] not in seen: seen.append(entry[4][0])\n"
    "print('\\n'.join(seen))\n";

}  // namespace

TEST_CASE("addresses are those of getaddrinfo, in its order, each once") {
  const std::string own = python("print(socket.gethostname())");
  for (const std::string& name :
       {std::string("localhost"), std::string("127.0.0.1"), std::string("::1"),
        std::string("127.1"), own.substr(0, own.size() - 1)}) {
    INFO(name);
    const Outcome outcome = run_sock({"resolve", name});
    CHECK(outcome.code == 0);
    CHECK(outcome.err == "");
    CHECK(outcome.out == python(addresses_of, {name}));
  }
}

TEST_CASE("-4 and -6 ask for one family") {
  CHECK(run_sock({"resolve", "-4", "localhost"}).out == "127.0.0.1\n");
  CHECK(run_sock({"resolve", "-6", "::1"}).out == "::1\n");
  CHECK(run_sock({"resolve", "-6", "127.0.0.1"}).code == 3);
}

TEST_CASE("a name that is not ASCII is read in the locale's encoding") {
  if (!::dlopen("libidn2.so.0", RTLD_LAZY)) {
    MESSAGE("skipped: the C library finds no libidn2 here");
    return;
  }
  // Full-width letters, which IDNA maps to "localhost": nobody is asked.
  Program program = sock_with({"resolve", "-4", "ｌｏｃａｌｈｏｓｔ"});
  program.environment = {{"LC_ALL", "C.UTF-8"}};
  const Outcome outcome = support::run(program);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "127.0.0.1\n");
}

// An empty label: no look-up leaves this machine.
TEST_CASE("several names in their order, and the worst code of them") {
  const Outcome good = run_sock({"resolve", "127.0.0.2", "127.0.0.1"});
  CHECK(good.code == 0);
  CHECK(good.out == "127.0.0.2\n127.0.0.1\n");
  const Outcome mixed = run_sock({"resolve", "127.0.0.2", "no..such.host", "127.0.0.1"});
  CHECK(mixed.code == 3);
  CHECK(mixed.out == "127.0.0.2\n127.0.0.1\n");
  CHECK(mixed.err.find("no..such.host") != std::string::npos);
  CHECK(mixed.err.find("EAI_") != std::string::npos);
}

TEST_CASE("a service is resolved too") {
  const Outcome outcome = run_sock({"resolve", "-l", "127.0.0.1:http"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("127.0.0.1") != std::string::npos);
  CHECK(outcome.out.find("80") != std::string::npos);
  CHECK(run_sock({"resolve", "127.0.0.1:no-such-service"}).code == 3);
}

TEST_CASE("--json has what getaddrinfo gave") {
  const Outcome outcome = run_sock({"resolve", "--json", "-4", "localhost:http"});
  REQUIRE(outcome.code == 0);
  std::string first = outcome.out.substr(0, outcome.out.find('\n'));
  auto json = nlohmann::json::parse(outcome.out, nullptr, false);
  if (json.is_discarded()) json = nlohmann::json::parse(first);  // one object a line
  const std::string text = json.dump();
  INFO(text);
  CHECK(text.find("\"127.0.0.1\"") != std::string::npos);
  CHECK(text.find("80") != std::string::npos);
}

TEST_CASE("-r gives the name of an address") {
  const std::string name = python("print(socket.getnameinfo(('127.0.0.1', 0), 0)[0])");
  for (const std::string option : {"-r", "--reverse"}) {
    const Outcome outcome = run_sock({"resolve", option, "127.0.0.1"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out == name);
  }
  CHECK(run_sock({"resolve", "-r", "not an address"}).code == 3);
}

TEST_CASE("--hostbyname gives gethostbyname's address") {
  const Outcome outcome = run_sock({"resolve", "--hostbyname", "localhost"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == python("print(socket.gethostbyname('localhost'))"));
  CHECK(run_sock({"resolve", "--hostbyname", "no..such.host"}).code == 3);
}

TEST_CASE("--hostbyname -l gives gethostbyname_ex's names and addresses") {
  const Outcome outcome = run_sock({"resolve", "--hostbyname", "-l", "localhost"});
  CHECK(outcome.code == 0);
  for (std::string words = python("n, a, i = socket.gethostbyname_ex('localhost')\n"
                                  "for w in [n] + a + i: print(w)");
       !words.empty(); words.erase(0, words.find('\n') + 1)) {
    const std::string word = words.substr(0, words.find('\n'));
    INFO(word);
    CHECK(outcome.out.find(word) != std::string::npos);
  }
}

TEST_CASE("--type asks for one type, --all for each") {
  const Outcome dgram = run_sock({"resolve", "-l", "--type", "dgram", "127.0.0.1:domain"});
  CHECK(dgram.out.find("dgram") != std::string::npos);
  CHECK(dgram.out.find("stream") == std::string::npos);
  const Outcome all = run_sock({"resolve", "-l", "--all", "127.0.0.1:80"});
  for (const char* type : {"stream", "dgram", "raw"})
    CHECK(all.out.find(type) != std::string::npos);
  CHECK(run_sock({"resolve", "--all", "127.0.0.1"}).code == 2);
}

TEST_CASE("without a host a listener gets every address, others this machine") {
  CHECK(run_sock({"resolve", "-4", "--passive", ":80"}).out == "0.0.0.0:80\n");
  CHECK(run_sock({"resolve", "-4", ":80"}).out == "127.0.0.1:80\n");
}

TEST_CASE("--canonical gives the canonical name") {
  const std::string name =
      python("print(socket.getaddrinfo('localhost', 0, flags=socket.AI_CANONNAME)[0][3])");
  CHECK(run_sock({"resolve", "--canonical", "localhost"}).out == name);
}

TEST_CASE("--flags are getaddrinfo's by name") {
  CHECK(run_sock({"resolve", "--flags", "AI_NUMERICHOST", "127.0.0.1"}).code == 0);
  const Outcome outcome = run_sock({"resolve", "--flags", "AI_NUMERICHOST", "localhost"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err.find("EAI_NONAME") != std::string::npos);
  CHECK(run_sock({"resolve", "--flags", "AI_NOTHING", "localhost"}).code == 2);
}

TEST_CASE("--fqdn, --service and --protocol-number are Python's") {
  CHECK(run_sock({"resolve", "--fqdn", "localhost"}).out ==
        python("print(socket.getfqdn('localhost'))"));
  CHECK(run_sock({"resolve", "--service", "http", "80", "domain/udp"}).out ==
        python("print(socket.getservbyname('http'), socket.getservbyport(80), "
               "socket.getservbyname('domain', 'udp'), sep='\\n')"));
  CHECK(run_sock({"resolve", "--protocol-number", "tcp", "icmp"}).out ==
        python("print(socket.getprotobyname('tcp'), socket.getprotobyname('icmp'), sep='\\n')"));
  const Outcome service = run_sock({"resolve", "--service", "no-such-service", "70000"});
  CHECK(service.code == 3);
  CHECK(service.err.find("see /etc/services") != std::string::npos);
  const Outcome protocol = run_sock({"resolve", "--protocol-number", "no-such-protocol"});
  CHECK(protocol.code == 3);
  CHECK(protocol.err.find("see /etc/protocols") != std::string::npos);
}

TEST_CASE("--count gives the least, the middle and the longest time") {
  const Outcome outcome = run_sock({"resolve", "--count", "3", "127.0.0.1"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.starts_with("127.0.0.1  3 look-ups  0 failed  min "));
  const Outcome json = run_sock({"resolve", "--json", "--count", "2", "--interval", "1ms", "::1"});
  const auto times = nlohmann::json::parse(json.out)["times"];
  CHECK(times["count"] == 2);
  CHECK(times["failed"] == 0);
  CHECK(times["min_ms"] <= times["median_ms"]);
  CHECK(times["median_ms"] <= times["max_ms"]);
}

TEST_CASE("a failure is an object of its own in JSON") {
  const Outcome outcome = run_sock({"resolve", "--json", "127.0.0.1:no-such-service"});
  CHECK(outcome.code == 3);
  const auto json = nlohmann::json::parse(outcome.out);
  CHECK(json["error"].get<std::string>().starts_with("EAI_SERVICE: "));
  CHECK(json["cure"].get<std::string>().find("/etc/services") != std::string::npos);
}
