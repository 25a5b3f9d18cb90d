// Addresses race: one that does not answer costs a moment, not the patience of the system.
#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/peer.hpp"
#include "support/temp.hpp"

using namespace cli;
using namespace std::chrono_literals;

namespace {

// In a network of its own: two.test is an address of IPv6 behind which nobody is, and one of IPv4
// on which a server says hello. $1: a directory; the rest: the program that is tried.
constexpr const char* network = R"(
dir=$1; shift
ip link set lo up
ip link add hole type veth peer name nobody
ip link set hole up && ip link set nobody up
ip addr add 2001:db8::1/64 dev hole nodad
ip addr add 192.0.2.1/24 dev hole
ip -6 neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev hole nud permanent
printf '2001:db8::2 two.test\n192.0.2.1 two.test\n' > "$dir/hosts"
mount --bind "$dir/hosts" /etc/hosts
"$SOCK" listen 192.0.2.1:8000 < "$dir/hello" 2> "$dir/log" &
while ! grep -q listening "$dir/log"; do :; done
"$@"
code=$?
kill $! 2> "$dir/kill"
exit $code
)";

struct Network {
  support::TempDir dir;

  static bool allowed() {
    Program trial;
    trial.argv = {"unshare", "-n", "-m", "ip", "link", "add", "hole", "type", "veth"};
    if (support::installed("unshare") && support::installed("ip") &&
        support::run(std::move(trial)).code == 0)
      return true;
    MESSAGE("skipped: no network of one's own can be made here (unshare, ip, veth)");
    return false;
  }

  Outcome connect(const std::vector<std::string>& options) const {
    support::write_file(dir / "hello", "hello");
    support::write_file(dir / "log", "");
    Program program;
    program.argv = {"unshare",           "-n",         "-m",     "sh", "-c", network, "sh",
                    dir.path().string(), SOCK_PROGRAM, "connect"};
    program.argv.insert(program.argv.end(), options.begin(), options.end());
    program.environment = {{"SOCK", SOCK_PROGRAM}};
    return support::run(std::move(program));
  }
};

}  // namespace

TEST_CASE("a host whose IPv6 is a black hole is reached over IPv4 all the same") {
  if (!Network::allowed()) return;
  const Outcome outcome = Network().connect({"-v", "two.test:8000"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "hello");
  // One after the other the first would have had more than two minutes.
  CHECK(outcome.took < 5s);
  CHECK(outcome.err.find("connecting to [2001:db8::2]:8000\n"
                         "connecting to 192.0.2.1:8000\n"
                         "connected to 192.0.2.1:8000") != std::string::npos);
  CHECK(outcome.err.find("[2001:db8::2]:8000: no answer in ") != std::string::npos);
}

TEST_CASE("--prefer 4 does not even try the black hole") {
  if (!Network::allowed()) return;
  const Outcome outcome = Network().connect({"-v", "--prefer", "4", "two.test:8000"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "hello");
  CHECK(outcome.err.find("2001:db8") == std::string::npos);
}

TEST_CASE("--sequential waits for each address until it has failed") {
  if (!Network::allowed()) return;
  const Outcome outcome =
      Network().connect({"-v", "--sequential", "--timeout", "1s", "two.test:8000"});
  CHECK(outcome.code == 5);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.find("192.0.2.1") == std::string::npos);
}

TEST_CASE("--interface keeps a connection to one interface") {
  Listener listener({"--deadline", "10s"}, Input::bytes("hello"));
  const Outcome there = run_sock({"connect", "--interface", "lo", listener.address});
  const bool forbidden = there.code == 8 && there.err.find("not permitted") != std::string::npos;
  if (forbidden) {
    MESSAGE("skipped: " << there.err);
    return;
  }
  CHECK(there.code == 0);
  CHECK(there.out == "hello");
  const Outcome absent = run_sock({"connect", "--interface", "no-such-iface", "127.0.0.1:1"});
  CHECK(absent.code == 8);
  CHECK(absent.err.find("SO_BINDTODEVICE=no-such-iface: no such device") != std::string::npos);
}

TEST_CASE("--interface takes those who come through it alone") {
  Process listener(
      sock_with({"listen", "--interface", "lo", "--deadline", "10s", "127.0.0.1", "0"}));
  std::string address;
  try {
    address = listening_address(listener);
  } catch (const std::runtime_error& error) {
    if (std::string(error.what()).find("not permitted") == std::string::npos) throw;
    MESSAGE("skipped: " << error.what());
    return;
  }
  CHECK(run_sock({"connect", address}, Input::bytes("hello")).code == 0);
  CHECK(listener.wait().out == "hello");
  const Outcome absent = run_sock({"listen", "--interface", "no-such-iface", "127.0.0.1:0"});
  CHECK(absent.code == 8);
  CHECK(absent.err.find("SO_BINDTODEVICE=no-such-iface: no such device") != std::string::npos);
}

TEST_CASE("--source takes a port of a range") {
  auto peer = support::Peer::server({support::Steps::close()});
  const Outcome outcome = run_sock({"connect", "-v", "--source", "40000-49999", peer->address()});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find(" from 127.0.0.1:4") != std::string::npos);
  CHECK(run_sock({"connect", "--source", "127.0.0.1:9-8", peer->address()}).code == 2);
}
