// Every family and type from the shell, connect and listen, both ways.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include "families.hpp"
#include "support/temp.hpp"

using namespace guest;

namespace {

using Words = std::vector<std::string>;

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string address_of(Process& listener) { return cli::listening_address(listener); }

// A file to and from a listener on a transport with connections; `kind` is what -v says of it.
// Where one direction cannot end alone, each waits for the end that it needs.
struct Streams {
  std::string address, kind;
  bool half_closes = true;
  Words options = {};
};

void carries_files(const Streams& t) {
  const std::string out = support::random_bytes(300'000, 1), in = support::random_bytes(200'000, 2);
  {
    auto listener = listen(with({"-v", "-r"}, with(t.options, {t.address})));
    if (!listener) return;
    const std::string address = address_of(*listener);
    const Outcome sent =
        run_sock(with({"connect", "-v", "-s"}, with(t.options, {address})), Input::bytes(out));
    INFO(sent.err);
    CHECK(sent.code == 0);
    CHECK(sent.err.find(t.kind) != std::string::npos);
    const Outcome received = listener->wait();
    INFO(received.err);
    CHECK(received.code == 0);
    CHECK(received.out == out);
    CHECK(received.err.find("connection from ") != std::string::npos);
    CHECK(received.err.find(t.kind) != std::string::npos);
  }
  const Words until = t.half_closes ? Words() : Words{"--until", "out"};
  auto listener = listen(with(until, with(t.options, {t.address})),
                         t.half_closes ? Input::bytes(in) : Input::open());
  REQUIRE(listener.has_value());
  const std::string address = address_of(*listener);
  const Words wait = t.half_closes ? Words() : Words{"--until", "in"};
  Process client(sock_with(with({"connect"}, with(wait, with(t.options, {address}))),
                           Input::bytes(t.half_closes ? out : "q")));
  if (!t.half_closes) {
    // Its end is the end of both directions.
    listener->wait_for_output("q");
    listener->write(in);
    listener->close_input();
  }
  const Outcome both = client.wait();
  INFO(both.err);
  CHECK(both.code == 0);
  CHECK(both.out == in);
  const Outcome served = listener->wait();
  INFO(served.err);
  CHECK(served.code == 0);
  CHECK(served.out == (t.half_closes ? out : "q"));
}

// Messages to a listener, and answers to whoever sent them; they keep their boundaries.
void carries_messages(const Streams& t) {
  auto listener =
      listen(with({"-v", "--framing", "line"}, with(t.options, {t.address})), Input::open());
  if (!listener) return;
  Process client(sock_with(with({"connect", "-v", "--framing", "line", "--replies", "2"},
                                with(t.options, {address_of(*listener)})),
                           Input::bytes("one\ntwo\n")));
  listener->wait_for_output("one\ntwo\n");
  listener->write("three\nfour\n");
  const Outcome answered = client.wait();
  INFO(answered.err);
  CHECK(answered.code == 0);
  CHECK(answered.out == "three\nfour\n");
  CHECK(answered.err.find(t.kind) != std::string::npos);
  const Outcome heard = stopped(*listener);
  INFO(heard.err);
  CHECK(heard.out == "one\ntwo\n");
  CHECK(heard.err.find(t.kind) != std::string::npos);
}

// What -z says while somebody listens, and after that.
void is_probed(const std::string& address) {
  auto listener = listen({"-k", "--echo", address});
  if (!listener) return;
  const std::string target = address_of(*listener);
  const Outcome open = run_sock({"connect", "-z", target});
  CHECK(open.code == 0);
  CHECK(open.out.find(" open ") != std::string::npos);
  stopped(*listener);
  const Outcome closed = run_sock({"connect", "-z", target});
  CHECK(closed.code == 4);
  CHECK(closed.out.find(" closed ") != std::string::npos);
}

}  // namespace

TEST_CASE("unix:" * doctest::test_suite("AF_UNIX SOCK_STREAM / shell")) {
  const support::TempDir dir;
  carries_files({"unix:" + (dir / "stream").string(), "(AF_UNIX, SOCK_STREAM, UNIX)"});
  carries_files({"unix:@sock-stream-" + std::to_string(::getpid()), "AF_UNIX"});
}

TEST_CASE("unix: --type seqpacket" * doctest::test_suite("AF_UNIX SOCK_SEQPACKET / shell")) {
  carries_messages({"unix:@sock-records-" + std::to_string(::getpid()),
                    "(AF_UNIX, SOCK_SEQPACKET, UNIX)",
                    true,
                    {"--type", "seqpacket"}});
}

TEST_CASE("unix: --type dgram" * doctest::test_suite("AF_UNIX SOCK_DGRAM / shell")) {
  carries_messages({"unix:@sock-messages-" + std::to_string(::getpid()),
                    "(AF_UNIX, SOCK_DGRAM, UNIX)",
                    true,
                    {"--type", "dgram"}});
}

TEST_CASE("tcp: over IPv4" * doctest::test_suite("AF_INET SOCK_STREAM / shell")) {
  carries_files({"127.0.0.1:0", "(AF_INET, SOCK_STREAM, TCP)"});
}

TEST_CASE("udp: over IPv4" * doctest::test_suite("AF_INET SOCK_DGRAM / shell")) {
  carries_messages({"udp:127.0.0.1:0", "(AF_INET, SOCK_DGRAM, UDP)"});
}

TEST_CASE("tcp: over IPv6" * doctest::test_suite("AF_INET6 SOCK_STREAM / shell")) {
  carries_files({"[::1]:0", "(AF_INET6, SOCK_STREAM, TCP)"});
}

TEST_CASE("udp: over IPv6" * doctest::test_suite("AF_INET6 SOCK_DGRAM / shell")) {
  carries_messages({"udp:[::1]:0", "(AF_INET6, SOCK_DGRAM, UDP)"});
}

TEST_CASE("mptcp:" * doctest::test_suite("IPPROTO_MPTCP / shell")) {
  carries_files({"mptcp:127.0.0.1:0", "(AF_INET, SOCK_STREAM, MPTCP)"});
}

TEST_CASE("udplite:" * doctest::test_suite("IPPROTO_UDPLITE / shell")) {
  carries_messages({"udplite:127.0.0.1:0", "(AF_INET, SOCK_DGRAM, UDPLITE)"});
}

TEST_CASE("sctp:" * doctest::test_suite("IPPROTO_SCTP SOCK_STREAM / shell")) {
  carries_files({"sctp:127.0.0.1:0", "(AF_INET, SOCK_STREAM, SCTP)", false});
}

TEST_CASE("-z with sctp:" * doctest::test_suite("IPPROTO_SCTP SOCK_STREAM / shell")) {
  is_probed("sctp:127.0.0.1:0");
}

TEST_CASE("sctp: --type seqpacket" * doctest::test_suite("IPPROTO_SCTP SOCK_SEQPACKET / shell")) {
  carries_messages(
      {"sctp:[::1]:0", "(AF_INET6, SOCK_SEQPACKET, SCTP)", false, {"--type", "seqpacket"}});
}

TEST_CASE("vsock:" * doctest::test_suite("AF_VSOCK SOCK_STREAM / shell")) {
  if (in_guest()) carries_files({"vsock:local:any", "(AF_VSOCK, SOCK_STREAM, VSOCK)"});
}

TEST_CASE("-z with vsock:" * doctest::test_suite("AF_VSOCK SOCK_STREAM / shell")) {
  if (in_guest()) is_probed("vsock:local:any");
}

TEST_CASE("vsock: --type seqpacket" * doctest::test_suite("AF_VSOCK SOCK_SEQPACKET / shell")) {
  if (in_guest())
    carries_messages(
        {"vsock:local:any", "(AF_VSOCK, SOCK_SEQPACKET, VSOCK)", true, {"--type", "seqpacket"}});
}

TEST_CASE("tipc:" * doctest::test_suite("AF_TIPC SOCK_STREAM / shell")) {
  carries_files({"tipc:18889:1", "(AF_TIPC, SOCK_STREAM, TIPC)", false});
}

TEST_CASE("tipc: --type seqpacket" * doctest::test_suite("AF_TIPC SOCK_SEQPACKET / shell")) {
  carries_messages(
      {"tipc:18889:2", "(AF_TIPC, SOCK_SEQPACKET, TIPC)", false, {"--type", "seqpacket"}});
}

TEST_CASE("tipc: --type rdm" * doctest::test_suite("AF_TIPC SOCK_RDM / shell")) {
  carries_messages({"tipc:18889:3", "(AF_TIPC, SOCK_RDM, TIPC)", false, {"--type", "rdm"}});
}

TEST_CASE("tipc: --type dgram" * doctest::test_suite("AF_TIPC SOCK_DGRAM / shell")) {
  carries_messages({"tipc:18889:4", "(AF_TIPC, SOCK_DGRAM, TIPC)", false, {"--type", "dgram"}});
}

TEST_CASE("a TIPC peer is shown by an address that can be connected to" *
          doctest::test_suite("AF_TIPC SOCK_RDM / shell")) {
  auto listener = listen({"-v", "--type", "rdm", "tipc:18889:5"});
  if (!listener) return;
  Process client(sock_with({"connect", "-v", "--type", "rdm", "--linger", "20s", "tipc:18889:5"},
                           Input::bytes("here I am")));
  const std::string peer = listener->wait_for_error("connection from (tipc:id:[0-9:]+) ");
  CHECK(run_sock({"connect", "--type", "rdm", peer}, Input::bytes("hello")).code == 0);
  client.signal(SIGTERM);
  client.wait();
  stopped(*listener);
}

TEST_CASE("rds:" * doctest::test_suite("AF_RDS / shell")) {
  carries_messages({"rds:127.0.0.1:4010", "(AF_RDS, SOCK_SEQPACKET, RDS)"});
}

TEST_CASE("packet:, with headers and without" * doctest::test_suite("AF_PACKET / shell")) {
  const std::string frame = "ffffffffffff00000000000088b6" + "cafe"s;
  auto listener = listen({"-v", "--replies", "2", "packet:lo:0x88b6"});
  if (!listener) return;
  const Outcome sent =
      run_sock({"connect", "-v", "packet:lo:0x88b6"}, Input::bytes(frame + "\n" + frame + "00\n"));
  INFO(sent.err);
  CHECK(sent.code == 0);
  CHECK(sent.err.find("(AF_PACKET, SOCK_RAW, PACKET)") != std::string::npos);
  CHECK(listener->wait().out == frame + "\n" + frame + "00\n");
  auto cooked = listen({"--replies", "1", "--type", "dgram", "packet:lo:0x88b6"});
  REQUIRE(cooked.has_value());
  CHECK(run_sock({"connect", "packet:lo:0x88b6"}, Input::bytes(frame)).code == 0);
  CHECK(cooked->wait().out == "cafe\n");
}

TEST_CASE("packet: as bytes" * doctest::test_suite("AF_PACKET / shell")) {
  const std::string frame = std::string(12, '\0') + "\x88\xb7our own frame";
  auto listener = listen({"--framing", "none", "--replies", "1", "packet:lo:0x88b7"});
  if (!listener) return;
  CHECK(run_sock({"connect", "--framing", "none", "packet:lo:0x88b7"}, Input::bytes(frame)).code ==
        0);
  CHECK(listener->wait().out == frame);
}

TEST_CASE("raw: an ICMP echo, and who listens sees it" *
          doctest::test_suite("SOCK_RAW IPPROTO_ICMP / shell")) {
  auto listener = listen({"-v", "--protocol", "icmp", "--replies", "1", "raw:127.0.0.1"});
  if (!listener) return;
  const Outcome echo =
      run_sock({"connect", "-v", "--protocol", "IPPROTO_ICMP", "--replies", "2", "raw:127.0.0.1"},
               Input::bytes("08 00 f7 fd 00 01 00 01\n"));
  INFO(echo.err);
  CHECK(echo.code == 0);
  CHECK(echo.err.find("(AF_INET, SOCK_RAW, ICMP)") != std::string::npos);
  CHECK(echo.out.find("0800f7fd00010001\n") != std::string::npos);
  CHECK(echo.out.find("0000fffd00010001\n") != std::string::npos);
  const Outcome seen = listener->wait();
  CHECK(seen.out.find("0800f7fd00010001\n") != std::string::npos);
}

TEST_CASE("fd: a netlink socket that asks for the interfaces" *
          doctest::test_suite("AF_NETLINK / shell")) {
  auto socket = have(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (!socket) return;
  socket->connect(Address::netlink(0, 0));
  // RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, of every family.
  cli::Program program = sock_with({"connect", "-v", "--replies", "1", "fd:3"},
                                   Input::bytes("14000000 1200 0103 00000000 00000000 00000000\n"));
  program.descriptors = {{socket->fileno(), 3}};
  const Outcome outcome = support::run(std::move(program));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  REQUIRE(outcome.out.size() > 12);
  CHECK(outcome.out.substr(8, 4) == "1000");  // RTM_NEWLINK
}

TEST_CASE("--json has family, type and protocol by name" *
          doctest::test_suite("AF_INET SOCK_STREAM / shell")) {
  auto listener = listen({"-v", "-r", "127.0.0.1:0"});
  REQUIRE(listener.has_value());
  const Outcome outcome =
      run_sock({"connect", "--json", address_of(*listener)}, Input::bytes("hello"));
  CHECK(outcome.err.find(R"("family":"AF_INET","type":"SOCK_STREAM","protocol":"TCP")") !=
        std::string::npos);
  listener->wait();
}
