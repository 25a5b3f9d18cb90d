#include "io/socket_calls.hpp"

#include <string>

#include <doctest/doctest.h>

#include "sock/create.hpp"

using sock::Socket;
using sock::io::unconfirmed;

TEST_CASE("what TCP has not delivered is counted, elsewhere it is not known") {
  Socket listener = sock::create_server("127.0.0.1", 0);
  listener.listen(0);
  Socket client = sock::create_connection("127.0.0.1", listener.getsockname().port());
  CHECK(unconfirmed(client) == 0);
  Socket accepted = listener.accept().first;
  client.setblocking(false);
  const std::string much(1 << 20, 'x');
  while (client.try_send(Socket::bytes(much))) {
  }
  CHECK(unconfirmed(client).value_or(0) > 0);
  auto [a, b] = sock::socketpair();
  CHECK_FALSE(unconfirmed(a));
}
