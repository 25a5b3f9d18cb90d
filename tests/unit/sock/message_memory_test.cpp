// recvmsg with the memory running out.
#include <fcntl.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <new>

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "sock/message.hpp"
#include "support/allocations.hpp"
#include "support/descriptors.hpp"

namespace {

// Receives a message with two descriptors, letting one allocation after the other fail.
template <class Receive>
void fail_every_allocation(Receive receive) {
  const std::size_t before = support::open_descriptors();
  std::size_t failures = 0;
  for (bool received = false; !received; ++failures) {
    REQUIRE(failures < 100);
    auto [a, b] = sock::socketpair();
    b.settimeout(std::chrono::seconds(5));
    const iovec buffer{const_cast<char*>("x"), 1};
    const int two[] = {0, 0};
    sock::send_fds(a, {&buffer, 1}, two);
    try {
      const support::AllocationsFail rest(failures);
      receive(b);
      received = true;
    } catch (const std::bad_alloc&) {
    }
  }
  CHECK(failures > 1);
  CHECK(support::open_descriptors() == before);
}

}  // namespace

TEST_CASE("descriptors that came are closed when the result cannot be built") {
  fail_every_allocation([](sock::Socket& socket) {
    const sock::ReceivedMessage m = socket.recvmsg(100, sock::cmsg_space(2 * sizeof(int)));
    for (const auto& item : m.control)
      for (std::size_t i = 0; i < item.data.size(); i += sizeof(int)) {
        int fd;
        std::memcpy(&fd, item.data.data() + i, sizeof fd);
        sock::close(fd);
      }
  });
}

TEST_CASE("recv_fds closes the descriptors that came when its result cannot be built") {
  fail_every_allocation([](sock::Socket& socket) {
    std::byte data[10];
    const sock::ReceivedFds received = sock::recv_fds(socket, data, 2);
    CHECK(received.fds.size() == 2);
  });
}
