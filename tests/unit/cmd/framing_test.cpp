#include "cmd/framing.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include <doctest/doctest.h>

#include "cmd/run_command.hpp"
#include "cmd/values.hpp"

using namespace sock;
using namespace sock::cmd;

namespace {

using Kind = io::Framing::Kind;
const io::Framing hex{Kind::text, 0, io::Notation::hex};

}  // namespace

TEST_CASE("a framing that there is not is refused with those that there are") {
  CHECK_THROWS_WITH_AS(parse_framing("candump"),
                       "'candump': expected line, chunk=SIZE, length, hex, can, bcm or none",
                       UsageError);
}

TEST_CASE("each kind of socket has its framing, and most have none") {
  CHECK(framing_of(Socket(AF_INET, SOCK_STREAM)) == io::Framing());
  CHECK(framing_of(Socket(AF_INET, SOCK_DGRAM)) == io::Framing());
  CHECK(framing_of(Socket(AF_UNIX, SOCK_SEQPACKET)) == io::Framing());
  CHECK(framing_of(Socket(AF_NETLINK, SOCK_RAW)) == hex);
}

TEST_CASE("the socket's framing is for where none was asked for") {
  const Socket socket(AF_NETLINK, SOCK_RAW);
  const DataPlan natural = framed_for(socket, {});
  CHECK(natural.out_shape.framing == hex);
  CHECK(natural.in_shape.framing == hex);
  DataPlan asked;
  asked.framing_given = true;
  CHECK(framed_for(socket, asked) == asked);
  CHECK(framed_for(Socket(AF_INET, SOCK_STREAM), {}) == DataPlan());
}

TEST_CASE("line ends are not changed within a text of messages") {
  DataPlan plan;
  plan.out_shape.crlf = true;
  CHECK_THROWS_AS((void)framed_for(Socket(AF_NETLINK, SOCK_RAW), plan), UsageError);
  CHECK_NOTHROW((void)framed_for(Socket(AF_INET, SOCK_DGRAM), plan));
}
