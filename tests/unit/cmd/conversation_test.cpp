#include "cmd/conversation.hpp"

#include <linux/can.h>
#include <netinet/in.h>

#include <cerrno>
#include <vector>

#include <doctest/doctest.h>

#include "cmd/run_command.hpp"
#include "cmd/values.hpp"
#include "sock/create.hpp"
#include "wire/program_channel.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using namespace std::chrono_literals;
using wire::ProgramChannel;
using Why = io::RelayResult::Why;

io::RelayResult result_of(Why why, std::exception_ptr error = nullptr) {
  io::RelayResult result;
  result.why = why;
  result.error = std::move(error);
  result.in.received = result.in.delivered = 1048576;
  result.out.received = result.out.delivered = 20;
  return result;
}

std::exception_ptr error_of(int err, const char* operation, const char* subject) try {
  throw_errno(err, operation, subject);
} catch (...) {
  return std::current_exception();
}

TEST_CASE("a conversation that went well has nothing to say") {
  for (const Why why : {Why::ended, Why::linger, Why::stopped}) {
    const Verdict verdict = judge(result_of(why), "p", {});
    CHECK(verdict.exit == Exit::done);
    CHECK(verdict.message.empty());
  }
}

TEST_CASE("a conversation that did not says what happened and how much went each way") {
  struct Row {
    io::RelayResult result;
    Exit exit;
    const char* message;
  };
  const Limits limits{.timeout = {}, .idle = 5s, .linger = 2s, .deadline = 60s};
  auto stuck = result_of(Why::linger);
  stuck.out.received = 50;
  auto full = result_of(Why::failed, error_of(ENOSPC, "write", "standard output"));
  full.in.received += 1;
  const std::vector<Row> rows{
      {result_of(Why::failed, error_of(ECONNRESET, "recv", "p")), Exit::broken,
       "connection to p: reset by peer; 1048576 bytes received, 20 bytes sent"},
      {result_of(Why::failed, error_of(EPIPE, "send", "p")), Exit::broken,
       "connection to p: closed by peer while sending; 1048576 bytes received, 20 bytes sent"},
      {result_of(Why::failed, error_of(EHOSTUNREACH, "recv", "p")), Exit::broken,
       "connection to p: no route to host; 1048576 bytes received, 20 bytes sent"},
      {full, Exit::broken,
       "write standard output: no space left on device; 1048576 bytes received, 20 bytes sent, "
       "1 byte received but not written"},
      {result_of(Why::idle_timeout), Exit::timed_out,
       "connection to p: timed out: no byte moved for --idle-timeout 5s; 1048576 bytes received, "
       "20 bytes sent"},
      {result_of(Why::deadline), Exit::timed_out,
       "connection to p: timed out: --deadline 1m is over; 1048576 bytes received, 20 bytes sent"},
      {stuck, Exit::timed_out,
       "connection to p: timed out: --linger 2s after the first end is over; 1048576 bytes "
       "received, 20 bytes sent, 30 bytes read but not sent"}};
  for (const Row& row : rows) {
    const Verdict verdict = judge(row.result, "p", limits);
    CHECK(verdict.exit == row.exit);
    CHECK(verdict.message == row.message);
  }
}

TEST_CASE("that the reader of our output has gone is a failure nobody needs to be told of") {
  const Verdict verdict = judge(result_of(Why::output_closed), "p", {});
  CHECK(verdict.exit == Exit::broken);
  CHECK(verdict.message.empty());
}

TEST_CASE("the summary has the bytes and the time") {
  CHECK(summary({20, 1048576, 1200ms}) ==
        "received 1048576 bytes, sent 20 bytes in 1.2s, 853 KiB/s and 17 B/s");
  CHECK(summary({20, 1048576, 0ns}) ==
        "received 1048576 bytes, sent 20 bytes in 0ms, 0 B/s and 0 B/s");
}

TEST_CASE("a program learns of both ends of its connection") {
  const Environment inet = connection_environment(
      Address::inet("192.0.2.1", 80), Address::inet("192.0.2.2", 4000), SOCK_STREAM, IPPROTO_TCP);
  CHECK(inet == Environment{{"PROTO", "TCP"},
                            {"TCPLOCALIP", "192.0.2.1"},
                            {"TCPLOCALPORT", "80"},
                            {"TCPREMOTEIP", "192.0.2.2"},
                            {"TCPREMOTEPORT", "4000"},
                            {"SOCK_LOCAL", "192.0.2.1:80"},
                            {"SOCK_PEER", "192.0.2.2:4000"}});
  const Environment inet6 =
      connection_environment(Address::inet6("::1", 53), Address::inet6("::1", 54), SOCK_DGRAM, 0);
  CHECK(inet6[0] == std::pair<std::string, std::string>("PROTO", "UDP"));
  CHECK(inet6[1] == std::pair<std::string, std::string>("UDPLOCALIP", "::1"));
  CHECK(inet6.back() == std::pair<std::string, std::string>("SOCK_PEER", "udp:[::1]:54"));
  // The client of a Unix socket has no name, and an abstract one is no path.
  CHECK(connection_environment(Address::rds("192.0.2.1", 7), Address::rds("192.0.2.2", 8),
                               SOCK_SEQPACKET, 0) == Environment{{"PROTO", "RDS"},
                                                                 {"RDSLOCALIP", "192.0.2.1"},
                                                                 {"RDSLOCALPORT", "7"},
                                                                 {"RDSREMOTEIP", "192.0.2.2"},
                                                                 {"RDSREMOTEPORT", "8"},
                                                                 {"SOCK_LOCAL", "rds:192.0.2.1:7"},
                                                                 {"SOCK_PEER", "rds:192.0.2.2:8"}});
  // A broadcast manager has no address of its own.
  CHECK(connection_environment({}, Address::can(""), SOCK_DGRAM, CAN_BCM) ==
        Environment{{"PROTO", "CAN_BCM"}, {"SOCK_PEER", "bcm:*"}});
  CHECK(connection_environment(Address::unix_("/run/x"), Address::unix_(""), SOCK_STREAM, 0)[1] ==
        std::pair<std::string, std::string>("UNIXLOCALPATH", "/run/x"));
  CHECK(connection_environment(Address::unix_(std::string_view("\0n", 2)), Address(), SOCK_STREAM,
                               0) == Environment{{"PROTO", "UNIX"}, {"SOCK_LOCAL", "unix:@n"}});
}

TEST_CASE("only options that watch or cut the bytes put us between program and peer") {
  CHECK(!needs_relay({}, {}));
  CHECK(!needs_relay({}, Limits{.timeout = {}, .idle = {}, .linger = {}, .deadline = 5s}));
  CHECK(needs_relay({}, Limits{.timeout = {}, .idle = 5s, .linger = {}, .deadline = {}}));
  CHECK(needs_relay({}, Limits{.timeout = {}, .idle = {}, .linger = 0s, .deadline = {}}));
  CHECK(needs_relay({.in = false}, {}));
  CHECK(needs_relay({.until = io::Until::in}, {}));
}

TEST_CASE("what a program wrote before it ended is read, then the end") {
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    CAPTURE(type);
    auto [ours, theirs] = socketpair(AF_UNIX, type);
    ProgramChannel channel(peer_channel({std::move(ours), {}, "the command"}));
    std::array<std::byte, 64> room;
    CHECK(channel.try_read(room) == io::Attempt::blocked());
    theirs.send("last");
    channel.end_reading();
    CHECK(channel.try_read(room) == io::Attempt::moved(4));
    CHECK(channel.try_read(room) == io::Attempt::end());
  }
}

TEST_CASE("input that a program does not read is dropped") {
  auto [ours, theirs] = socketpair(AF_UNIX, SOCK_STREAM);
  ours.send("unread");
  ProgramChannel channel(peer_channel({std::move(ours), {}, "the command"}));
  theirs.send("last");
  theirs.close();
  const std::string_view more = "more";
  CHECK(channel.try_write(Socket::bytes(more)) == io::Attempt::moved(4));
  std::array<std::byte, 64> room;
  CHECK(channel.try_read(room) == io::Attempt::moved(4));
  CHECK(channel.try_read(room) == io::Attempt::end());  // not the reset that the kernel says
}

}  // namespace
