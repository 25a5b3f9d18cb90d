// CAN from the shell: frames, the broadcast manager and ISO-TP as lines of text.
#include "families.hpp"

using namespace guest;

namespace {

// One frame of each kind, as they are written.
const auto frames =
    "123#DEADBEEF\n18DB33F1#02010C\n123#R\n123#R4\n124##1CAFE\n7FF#\n123#0011223344556677_B\n"s;

}  // namespace

TEST_CASE("can: frames of every kind arrive as they were written" *
          doctest::test_suite("AF_CAN CAN_RAW / shell")) {
  auto listener = listen({"-v", "--replies", "7", "can:vcan0"});
  if (!listener) return;
  const Outcome sent = run_sock({"connect", "-v", "can:vcan0"}, Input::bytes("\n" + frames));
  INFO(sent.err);
  CHECK(sent.code == 0);
  CHECK(sent.err.find("(AF_CAN, SOCK_RAW, CAN_RAW)") != std::string::npos);
  const Outcome seen = listener->wait();
  INFO(seen.err);
  CHECK(seen.out == frames);
}

TEST_CASE("can: who listens can answer, on one interface and on every" *
          doctest::test_suite("AF_CAN CAN_RAW / shell")) {
  for (const char* bus : {"can:vcan0", "can:*"}) {
    auto listener = listen({"--can-filter", "7DF:7FF", bus}, Input::open());
    if (!listener) return;
    Process client(sock_with({"connect", "--can-filter", "7E8:7F8", "--replies", "1", "can:vcan0"},
                             Input::bytes("7DF#02010D\n")));
    listener->wait_for_output("7DF#02010D\n");
    listener->write("7E8#03410D28\n");
    const Outcome answered = client.wait();
    CHECK(answered.code == 0);
    CHECK(answered.out == "7E8#03410D28\n");
    CHECK(stopped(*listener).out == "7DF#02010D\n");
  }
}

TEST_CASE("--can-filter takes what candump's filters take, errors among it" *
          doctest::test_suite("AF_CAN CAN_RAW / shell")) {
  auto some = listen({"--replies", "2", "--can-filter", "124:7FF,#1FFFFFFF", "can:vcan0"});
  if (!some) return;
  auto others = listen({"--replies", "2", "--can-filter", "124~7FF", "can:vcan0"});
  REQUIRE(others.has_value());
  const Outcome sent =
      run_sock({"connect", "can:vcan0"},
               Input::bytes("123#01\n124#02\n20000004#0004000000000000\n125#03\n"));
  CHECK(sent.code == 0);
  CHECK(some->wait().out == "124#02\n20000004#0004000000000000\n");
  CHECK(others->wait().out == "123#01\n125#03\n");
  const Outcome wrong = run_sock({"connect", "--can-filter", "124;7FF", "can:vcan0"});
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("--can-filter '124;7FF': column 4: expected \":\" or \"~\"") !=
        std::string::npos);
}

TEST_CASE("a frame that cannot be names line and column, and what came before it is sent" *
          doctest::test_suite("AF_CAN CAN_RAW / shell")) {
  auto listener = listen({"--replies", "2", "can:vcan0"});
  if (!listener) return;
  const Outcome sent =
      run_sock({"connect", "can:vcan0"}, Input::bytes("123#01\n124#02\n125#0\n126#03\n"));
  CHECK(sent.code == 1);
  CHECK(sent.err ==
        "sock: standard input: line 3, column 6: expected the second digit of a byte; 0 bytes "
        "received, 32 bytes sent, 13 bytes read but not sent\n");
  CHECK(listener->wait().out == "123#01\n124#02\n");
}

TEST_CASE("more frames than an interface's queue has room for wait, and none is lost" *
          doctest::test_suite("AF_CAN CAN_RAW / shell")) {
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "123#" + std::to_string(100'000 + i) + "\n";
  auto listener = listen({"--replies", "3000", "can:vcan0"});
  if (!listener) return;
  const Outcome sent = run_sock({"connect", "can:vcan0"}, Input::bytes(many));
  INFO(sent.err);
  CHECK(sent.code == 0);
  CHECK(listener->wait().out == many);
}

TEST_CASE("--framing none has the kernel's own frames, and a command gets the socket or lines" *
          doctest::test_suite("AF_CAN CAN_RAW / shell")) {
  auto listener = listen({"--framing", "none", "--replies", "1", "can:vcan0"});
  if (!listener) return;
  const std::string frame = "\x23\x01\0\0\x02\0\0\0\xca\xfe\0\0\0\0\0\0"s;
  CHECK(run_sock({"connect", "--framing", "none", "can:vcan0"}, Input::bytes(frame)).code == 0);
  CHECK(listener->wait().out == frame);
  auto lines = listen({"--replies", "1", "can:vcan0"});
  REQUIRE(lines.has_value());
  CHECK(run_sock({"connect", "--framing", "can", "can:vcan0", "--", "echo", "123#CAFE"}).code == 0);
  CHECK(lines->wait().out == "123#CAFE\n");
}

TEST_CASE("bcm: frames are sent again and again while it is connected" *
          doctest::test_suite("AF_CAN CAN_BCM / shell")) {
  auto listener = listen({"--replies", "4", "--can-filter", "321:7FF", "can:vcan0"});
  if (!listener) return;
  Process manager(
      sock_with({"connect", "-v", "--linger", "30s", "bcm:vcan0"},
                Input::bytes("TX_SEND 321 321#00\n"
                             "TX_SETUP 321 SETTIMER STARTTIMER ival2=20ms 321#CAFE\n")));
  CHECK(listener->wait().out == "321#00\n321#CAFE\n321#CAFE\n321#CAFE\n");
  const Outcome managed = stopped(manager);
  CHECK(managed.err.find("(AF_CAN, SOCK_DGRAM, CAN_BCM)") != std::string::npos);
}

TEST_CASE("bcm: a frame that changes, and one that stays away, are told of" *
          doctest::test_suite("AF_CAN CAN_BCM / shell")) {
  if (!have(AF_CAN, SOCK_DGRAM, 2) || !have_interface("vcan0")) return;
  Process manager(sock_with({"connect", "--replies", "3", "bcm:vcan0"}, Input::open()));
  manager.write("RX_SETUP 322 SETTIMER ival1=50ms 322#FF\nRX_READ 322\n");
  manager.wait_for_output("RX_STATUS 322[^\n]*\n");
  CHECK(run_sock({"connect", "can:vcan0"}, Input::bytes("322#07\n")).code == 0);
  manager.close_input();
  const Outcome told = manager.wait();
  INFO(told.err);
  CHECK(told.code == 0);
  CHECK(told.out.find("RX_STATUS 322 SETTIMER ival1=50ms 322#FF\n") == 0);
  CHECK(told.out.find("RX_CHANGED 322 ") != std::string::npos);
  CHECK(told.out.find(" 322#07\n") != std::string::npos);
  CHECK(told.out.find("RX_TIMEOUT 322 ") != std::string::npos);
}

TEST_CASE("bcm: can only be connected to, and what the kernel refuses is told" *
          doctest::test_suite("AF_CAN CAN_BCM / shell")) {
  const Outcome refused = run_sock({"listen", "bcm:vcan0"});
  CHECK(refused.code == 2);
  if (!have(AF_CAN, SOCK_DGRAM, 2) || !have_interface("vcan0")) return;
  const Outcome unknown = run_sock({"connect", "bcm:vcan0"}, Input::bytes("TX_DELETE 555\n"));
  CHECK(unknown.code == 1);
  CHECK(unknown.err.find("bcm:vcan0") != std::string::npos);
}

TEST_CASE("isotp: payloads both ways as hex" * doctest::test_suite("AF_CAN CAN_ISOTP / shell")) {
  auto unit = listen({"-v", "isotp:vcan0:7E0:7E8"}, Input::open());
  if (!unit) return;
  std::string large;
  for (int i = 0; i < 300; ++i) large += "a5";
  Process tester(sock_with({"connect", "-v", "--replies", "2", "isotp:vcan0:7E8:7E0"},
                           Input::bytes("22 F1 90\n" + large + "\n")));
  unit->wait_for_output("22f190\n" + large + "\n");
  unit->write("62f190" + large + "\n3e00\n");
  const Outcome answered = tester.wait();
  INFO(answered.err);
  CHECK(answered.code == 0);
  CHECK(answered.out == "62f190" + large + "\n3e00\n");
  CHECK(answered.err.find("(AF_CAN, SOCK_DGRAM, CAN_ISOTP)") != std::string::npos);
  CHECK(stopped(*unit).err.find("connection from isotp:vcan0:7e0:7e8 ") != std::string::npos);
}

TEST_CASE("isotp: as bytes, with identifiers of 29 bits" *
          doctest::test_suite("AF_CAN CAN_ISOTP / shell")) {
  auto unit = listen({"--framing", "none", "--replies", "1", "isotp:vcan0:18da10f1:18daf110"});
  if (!unit) return;
  CHECK(run_sock({"connect", "--framing", "none", "isotp:vcan0:18daf110:18da10f1"},
                 Input::bytes("twenty bytes of text"))
            .code == 0);
  CHECK(unit->wait().out == "twenty bytes of text");
}
