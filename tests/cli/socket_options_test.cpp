// Options and transports of a socket, as their effect shows.
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/temp.hpp"

using namespace cli;

namespace {

// Two conversations in a network of its own: the first gets a cookie, the second sends its data
// with the first packet. Then the kernel's counters.
constexpr const char* fast_open = R"(
dir=$1
ip link set lo up
echo 3 > /proc/sys/net/ipv4/tcp_fastopen || exit 77
for turn in 1 2; do
  "$SOCK" listen --option TCP_FASTOPEN=16 127.0.0.1:8000 < /dev/null 2> "$dir/log$turn" &
  while ! grep -q listening "$dir/log$turn"; do :; done
  echo "hello $turn" | "$SOCK" connect --option TCP_FASTOPEN_CONNECT=1 127.0.0.1:8000 || exit 1
  wait
done
awk '/^TcpExt/ { for (i = 2; i <= NF; ++i) if (!names) name[i] = $i; else print name[i], $i
                 names = 1 }' /proc/net/netstat
)";

// A listener of that transport, if this kernel has it.
std::optional<Listener> listener_of(const std::string& prefix, std::vector<std::string> options) {
  std::vector<std::string> arguments{"listen"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.push_back(prefix + "127.0.0.1:0");
  try {
    return Listener(sock_with(arguments, Input::null()));
  } catch (const std::runtime_error& error) {
    if (std::string(error.what()).find("not support") == std::string::npos) throw;
    MESSAGE("skipped, this kernel has no " << prefix);
    return std::nullopt;
  }
}

}  // namespace

TEST_CASE("TCP Fast Open: from the second connection on data travels with the first packet") {
  if (!support::installed("unshare") || !support::installed("ip")) {
    MESSAGE("skipped: no unshare, or no ip");
    return;
  }
  const support::TempDir dir;
  Program program;
  program.argv = {"unshare", "-n", "-m", "sh", "-c", fast_open, "sh", dir.path().string()};
  program.environment = {{"SOCK", SOCK_PROGRAM}};
  const Outcome outcome = support::run(std::move(program));
  if (outcome.code != 0 && outcome.out.empty()) {
    MESSAGE("skipped: no network of one's own, or no fast open, can be had here: " << outcome.err);
    return;
  }
  INFO(outcome.err);
  CHECK(outcome.out.starts_with("hello 1\nhello 2\n"));
  CHECK(outcome.out.find("\nTCPFastOpenActive 1\n") != std::string::npos);
  CHECK(outcome.out.find("\nTCPFastOpenPassive 1\n") != std::string::npos);
}

TEST_CASE("mptcp: is TCP over several paths, and its names say so") {
  auto listener = listener_of("mptcp:", {});
  if (!listener) return;
  CHECK(listener->address.starts_with("mptcp:127.0.0.1:"));
  const Outcome outcome = run_sock({"connect", "-v", listener->address}, Input::bytes("hello"));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("connected to " + listener->address + " from mptcp:127.0.0.1:") !=
        std::string::npos);
  CHECK(listener->wait().out == "hello");
}

TEST_CASE("udplite: carries datagrams whose checksum covers only their head") {
  auto listener = listener_of("udplite:", {"--idle-timeout", "2s", "-r"});
  if (!listener) return;
  const Outcome outcome = run_sock(
      {"connect", "--option", "UDPLITE_SEND_CSCOV=8", listener->address}, Input::bytes("hello"));
  CHECK(outcome.code == 0);
  CHECK(listener->wait().out == "hello");
}
