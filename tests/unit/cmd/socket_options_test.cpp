// Options as they are written, on a socket that was dialled with them.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <cstring>
#include <string>

#include <doctest/doctest.h>

#include "cmd/values.hpp"
#include "sock/create.hpp"
#include "wire/dial.hpp"

namespace {

using namespace sock;

template <class Value>
Value value_of(const Socket& socket, int level, int name) {
  const std::string bytes = socket.getsockopt(level, name, sizeof(Value));
  REQUIRE(bytes.size() == sizeof(Value));
  Value value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

}  // namespace

TEST_CASE("a socket has the options that it was dialled with") {
  Socket listener = create_server("127.0.0.1", 0);
  wire::DialPlan plan;
  plan.target = wire::parse_endpoint(to_string(listener.getsockname()));
  for (const char* text :
       {"TCP_NODELAY", "SO_KEEPALIVE=on", "TCP_KEEPIDLE=30", "TCP_KEEPINTVL=5", "TCP_KEEPCNT=3",
        "TCP_USER_TIMEOUT=20000", "SO_LINGER=5s", "SO_RCVTIMEO=1500ms", "SO_RCVBUF=64k",
        "TCP_CONGESTION=reno", "IP_TTL=3", "IP_TOS=16", "SO_PRIORITY=2", "TCP_QUICKACK=off"})
    plan.options.push_back(cmd::parse_socket_option(text));
  io::Observer nobody;
  const wire::Dialed dialed = wire::dial(plan, nobody);
  const Socket& s = dialed.socket;
  const struct {
    int level, name;
    std::int64_t value;
  } rows[] = {{IPPROTO_TCP, TCP_NODELAY, 1},    {SOL_SOCKET, SO_KEEPALIVE, 1},
              {IPPROTO_TCP, TCP_KEEPIDLE, 30},  {IPPROTO_TCP, TCP_KEEPINTVL, 5},
              {IPPROTO_TCP, TCP_KEEPCNT, 3},    {IPPROTO_TCP, TCP_USER_TIMEOUT, 20000},
              {SOL_SOCKET, SO_RCVBUF, 2 << 16},  // the system takes twice of it, socket(7)
              {IPPROTO_IP, IP_TTL, 3},          {IPPROTO_IP, IP_TOS, 16},
              {SOL_SOCKET, SO_PRIORITY, 2}};
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(s.getsockopt(row.level, row.name) == row.value);
  }
  CHECK(value_of<linger>(s, SOL_SOCKET, SO_LINGER).l_linger == 5);
  const auto timeout = value_of<timeval>(s, SOL_SOCKET, SO_RCVTIMEO);
  CHECK(timeout.tv_sec == 1);
  CHECK(timeout.tv_usec == 500'000);
  CHECK(s.getsockopt(IPPROTO_TCP, TCP_CONGESTION, 16).starts_with("reno"));
}
