#include "wire/proxy_header.hpp"

#include <random>

#include "splits.hpp"

namespace {

using namespace sock;
using namespace sock::wire;
using namespace splits;
using State = Exchange::State;

const std::string v2 = "\r\n\r\n\0\r\nQUIT\n"s;
const ProxiedEnds four{Address::inet("192.0.2.1", 56324), Address::inet("192.0.2.2", 443)};
const ProxiedEnds six{Address::inet6("2001:db8::1", 1), Address::inet6("2001:db8::2", 65535)};
const ProxiedEnds local{Address::unix_("/run/a"), Address::unix_("\0b"s)};

TEST_CASE("version 1 in words") {
  CHECK(proxy_header_v1(four) == "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n");
  CHECK(proxy_header_v1(six) == "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n");
  CHECK(proxy_header_v1(std::nullopt) == "PROXY UNKNOWN\r\n");
  CHECK(proxy_header_v1(local) == "PROXY UNKNOWN\r\n");
  CHECK(proxy_header_v1(ProxiedEnds{four.source, six.source}) == "PROXY UNKNOWN\r\n");
}

TEST_CASE("version 2 in bytes") {
  CHECK(proxy_header_v2(four) == v2 + "\x21\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\xdc\4\1\xbb"s);
  CHECK(proxy_header_v2(four, true).substr(12, 2) == "\x21\x12");
  CHECK(proxy_header_v2(six).substr(12, 4) == "\x21\x21\0\x24"s);
  CHECK(proxy_header_v2(local).substr(12, 4) == "\x21\x31\0\xd8"s);
  CHECK(proxy_header_v2(std::nullopt) == v2 + "\x20\0\0\0"s);
}

TEST_CASE("what is printed is read again, in any pieces, and what follows is kept") {
  for (const ProxiedEnds& ends : {four, six, local}) {
    for (const std::string& header : {proxy_header_v1(ends), proxy_header_v2(ends)}) {
      if (header == "PROXY UNKNOWN\r\n") continue;
      CHECK(play_all(ProxyHeaderReader(), header + "first") ==
            Outcome{State::done, "", "first", ""});
      ProxyHeaderReader reader;
      reader.feed(header);
      CHECK(reader.ends() == ends);
    }
  }
}

TEST_CASE("headers without addresses leave those of the connection") {
  for (const std::string& header :
       {"PROXY UNKNOWN\r\n"s, "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"s, v2 + "\x20\0\0\0"s,
        v2 + "\x20\x11\0\x0c"s + std::string(12, 'x'), v2 + "\x21\0\0\3abc"s,
        v2 + "\x21\x51\0\0"s}) {
    CHECK(play_all(ProxyHeaderReader(), header + "x") == Outcome{State::done, "", "x", ""});
    ProxyHeaderReader reader;
    reader.feed(header);
    CHECK(!reader.ends());
  }
}

TEST_CASE("what stands behind the addresses of version 2 is skipped") {
  std::string header = proxy_header_v2(four);
  header[15] = static_cast<char>(header[15] + 5);
  ProxyHeaderReader reader;
  reader.feed(header + "\4\0\2abfirst"s);
  CHECK(reader.ends() == four);
  CHECK(reader.take_leftover() == "first");
}

TEST_CASE("nonsense is refused") {
  struct Row {
    std::string input;
    const char* error;
  };
  const Row rows[] = {
      {"GET / HTTP/1.0\r\n", "there is no PROXY header"},
      {"PROXX", "there is no PROXY header"},
      {"\r\n\r\n\r\n", "there is no PROXY header"},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 " + std::string(100, 'x'),
       "its PROXY header has no end"},
      {"PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n", "its PROXY header is nonsense"},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", "its PROXY header is nonsense"},
      {"PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n", "its PROXY header is nonsense"},
      {"PROXY \r\n", "its PROXY header is nonsense"},
      {"PROXY TCP4 ::1 ::2 1 2\r\n", "its PROXY header has no addresses of that family"},
      {"PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
       "its PROXY header has no addresses of that family"},
      {"PROXY TCP4 a.example 192.0.2.2 1 2\r\n",
       "its PROXY header has no addresses of that family"},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n",
       "its PROXY header has no addresses of that family"},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
       "its PROXY header has no addresses of that family"},
      {"PROXY TCP6 fe80::1%lo fe80::2 1 2\r\n", "its PROXY header has no addresses of that family"},
      {v2 + "\x11\x11\0\0"s, "its PROXY header is of no known version"},
      {v2 + "\x22\x11\0\0"s, "its PROXY header is of no known version"},
      {v2 + "\x21\x11\xff\xff"s, "its PROXY header is too long"},
      {v2 + "\x21\x11\0\x0b"s + std::string(11, 'x'),
       "its PROXY header has no addresses of that family"},
      {v2 + "\x21\x31\0\xd8"s + std::string(216, 'x'),
       "its PROXY header has no addresses of that family"},
  };
  for (const Row& row : rows) {
    INFO(row.input);
    CHECK(play_all(ProxyHeaderReader(), row.input) == Outcome{State::failed, "", "", row.error});
  }
}

TEST_CASE("no bytes at all make the reader of headers wait for ever, or fall over") {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string header = i % 2 == 0 ? proxy_header_v2(six) : proxy_header_v1(six);
    for (int k = 0; k < 3; ++k) header[random() % header.size()] = static_cast<char>(random());
    ProxyHeaderReader reader;
    reader.feed(header + std::string(5000, '\0'));
    CHECK(reader.state() != State::running);
  }
}

}  // namespace
