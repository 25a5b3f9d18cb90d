#include "cmd/values.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace sock;
using namespace sock::cmd;
using namespace std::chrono_literals;

template <class T>
T from_bytes(const std::string& bytes) {
  REQUIRE(bytes.size() == sizeof(T));
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::string complaint(auto call) {
  try {
    call();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("durations have units, and seconds without one") {
  struct Row {
    const char* text;
    std::chrono::nanoseconds expected;
  };
  for (const Row& row : std::vector<Row>{{"5", 5s},
                                         {"5s", 5s},
                                         {"500ms", 500ms},
                                         {"250us", 250us},
                                         {"7ns", 7ns},
                                         {"2m", 2min},
                                         {"1h", 1h},
                                         {"1.5s", 1500ms},
                                         {".5", 500ms},
                                         {"0", 0s},
                                         {"0.1ns", 1ns},
                                         {"1.0000000001s", 1000000001ns},
                                         {"0.10h", 6min},
                                         {"3.s", 3s},
                                         {"0.0000000000000000000000001h", 1ns},
                                         {"876000h", 876000h}}) {
    CAPTURE(row.text);
    CHECK(parse_duration(row.text) == row.expected);
  }
}

TEST_CASE("rates are sizes above 0, by the second") {
  CHECK(parse_rate("512") == 512);
  CHECK(parse_rate("500k/s") == 512'000);
  CHECK(parse_rate("10M/s") == 10 * 1024 * 1024);
  for (const char* text : {"", "/s", "0", "0/s", "10M/m", "10Mb/s", "fast"}) {
    CAPTURE(text);
    CHECK(complaint([&] { parse_rate(text); }) ==
          "'" + std::string(text) + "': expected a rate such as 500k/s or 10M/s");
  }
}

TEST_CASE("a size may have bounds") {
  CHECK(parse_size("1k", 1024, 1024) == 1024);
  CHECK(complaint([] { parse_size("1", 2, 3); }) == "'1': expected a size of at least 2");
  CHECK(complaint([] { parse_size("4", 2, 3); }) == "'4': expected a size of at most 3");
}

TEST_CASE("what is no duration is refused with what was expected") {
  for (const char* text : {"", "s", "-1s", "+1s", "5 s", "5sec", "1e3s", "inf", "nan", "0x10",
                           "1.2.3s", ".s", ".", "5S", " 5s"}) {
    CAPTURE(text);
    const std::string said = complaint([&] { (void)parse_duration(text); });
    CHECK(said == "'" + std::string(text) + "': expected a time such as 500ms, 5s, 2m or 1h");
  }
  for (const char* text :
       {"876001h", "3153600001s", "3153600000000000001ns", "99999999999999999999999999s"}) {
    CAPTURE(text);
    CHECK(complaint([&] { (void)parse_duration(text); }) ==
          "'" + std::string(text) + "': expected a time of at most 876000h");
  }
}

TEST_CASE("sizes are powers of 1024") {
  struct Row {
    const char* text;
    std::uint64_t expected;
  };
  for (const Row& row : std::vector<Row>{{"0", 0},
                                         {"512", 512},
                                         {"64k", 65536},
                                         {"64K", 65536},
                                         {"10M", 10485760},
                                         {"1G", 1073741824},
                                         {"2T", 2199023255552},
                                         {"18446744073709551615", UINT64_MAX}}) {
    CAPTURE(row.text);
    CHECK(parse_size(row.text) == row.expected);
  }
  for (const char* text : {"", "k", "-1", "1kb", "1.5k", "1m", "1g", "1x", " 1"}) {
    CAPTURE(text);
    CHECK(complaint([&] { (void)parse_size(text); }) ==
          "'" + std::string(text) + "': expected a size such as 512, 64k, 10M or 1G");
  }
  for (const char* text : {"18446744073709551616", "18014398509481984k", "16777216T"}) {
    CAPTURE(text);
    CHECK(complaint([&] { (void)parse_size(text); }) ==
          "'" + std::string(text) + "': expected a size below 2^64");
  }
}

TEST_CASE("numbers keep to their range") {
  CHECK(parse_number("0", 0, 65535) == 0);
  CHECK(parse_number("65535", 0, 65535) == 65535);
  CHECK(parse_number("-3", -5, 5) == -3);
  for (const char* text : {"", "x", "1x", "65536", "-1", "99999999999999999999"})
    CHECK(complaint([&] { (void)parse_number(text, 0, 65535); }) ==
          "'" + std::string(text) + "': expected a number from 0 to 65535");
}

TEST_CASE("a socket option becomes the bytes that the system takes") {
  const auto size = parse_socket_option("SO_RCVBUF=1M");
  CHECK(size.level == SOL_SOCKET);
  CHECK(size.name == SO_RCVBUF);
  CHECK(size.text == "SO_RCVBUF=1M");
  CHECK(from_bytes<int>(size.value) == 1048576);

  const auto bare = parse_socket_option("TCP_NODELAY");
  CHECK(bare.level == IPPROTO_TCP);
  CHECK(bare.name == TCP_NODELAY);
  CHECK(from_bytes<int>(bare.value) == 1);
  for (const char* text : {"SO_KEEPALIVE=on", "SO_KEEPALIVE=1", "SO_KEEPALIVE=yes"})
    CHECK(from_bytes<int>(parse_socket_option(text).value) == 1);
  for (const char* text : {"SO_KEEPALIVE=off", "SO_KEEPALIVE=0", "SO_KEEPALIVE=no"})
    CHECK(from_bytes<int>(parse_socket_option(text).value) == 0);
  CHECK(from_bytes<int>(parse_socket_option("IP_TTL=3").value) == 3);

  const auto some = from_bytes<linger>(parse_socket_option("SO_LINGER=5s").value);
  CHECK(some.l_onoff == 1);
  CHECK(some.l_linger == 5);
  CHECK(from_bytes<linger>(parse_socket_option("SO_LINGER=off").value).l_onoff == 0);
  CHECK(from_bytes<linger>(parse_socket_option("SO_LINGER=0").value).l_onoff == 1);

  const auto time = from_bytes<timeval>(parse_socket_option("SO_RCVTIMEO=1500ms").value);
  CHECK(time.tv_sec == 1);
  CHECK(time.tv_usec == 500000);
  CHECK(parse_socket_option("TCP_CONGESTION=reno").value == "reno");
}

TEST_CASE("a socket option that cannot be is refused by name") {
  struct Row {
    const char* text;
    const char* expected;
  };
  for (const Row& row : std::vector<Row>{
           {"SO_NOSUCH=1",
            "'SO_NOSUCH=1': expected the name of a socket option such as SO_RCVBUF, TCP_NODELAY or "
            "IP_TTL=3"},
           {"",
            "'': expected the name of a socket option such as SO_RCVBUF, TCP_NODELAY or IP_TTL=3"},
           {"IP_TTL", "'IP_TTL': expected IP_TTL=VALUE"},
           {"IP_TTL=", "IP_TTL: '': expected a number from -2147483648 to 2147483647"},
           {"TCP_NODELAY=maybe", "TCP_NODELAY: 'maybe': expected on or off"},
           {"SO_RCVBUF=2G", "SO_RCVBUF: '2G': expected a size below 2G"},
           {"SO_LINGER=500ms", "SO_LINGER: '500ms': expected whole seconds, or off"}}) {
    CAPTURE(row.text);
    CHECK(complaint([&] { (void)parse_socket_option(row.text); }) == row.expected);
  }
}

TEST_CASE("constants go by name or number, and a wrong one lists the right ones") {
  CHECK(parse_name(names::Kind::family, "family", "inet6") == AF_INET6);
  CHECK(parse_name(names::Kind::type, "type", "dgram") == SOCK_DGRAM);
  CHECK(parse_name(names::Kind::protocol, "protocol", "17") == IPPROTO_UDP);
  const std::string said = complaint([] { (void)parse_name(names::Kind::type, "type", "strem"); });
  CHECK(said.starts_with("'strem': expected a type: a number, or one of "));
  CHECK(said.find("SOCK_STREAM") != std::string::npos);
}

TEST_CASE("what a value's error is about is the option") {
  CHECK(complaint([] { (void)value_of("--linger", "x", parse_duration); }) ==
        "--linger 'x': expected a time such as 500ms, 5s, 2m or 1h");
}

TEST_CASE("durations and counts are shown as they are read") {
  struct Row {
    std::chrono::nanoseconds time;
    const char* expected;
  };
  for (const Row& row : std::vector<Row>{{5s, "5s"},
                                         {120s, "2m"},
                                         {2h, "2h"},
                                         {500ms, "500ms"},
                                         {1500ms, "1.5s"},
                                         {1234567us, "1.235s"},
                                         {12345us, "12.3ms"},
                                         {0s, "0ms"}})
    CHECK(show_duration(row.time) == row.expected);
  CHECK(show_bytes(0) == "0 bytes");
  CHECK(show_bytes(1) == "1 byte");
  CHECK(show_bytes(1048576) == "1048576 bytes");
}

}  // namespace
