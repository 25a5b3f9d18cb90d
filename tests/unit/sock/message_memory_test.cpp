// recvmsg with the memory running out. The whole test program allocates through this file.
#include <fcntl.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "sock/message.hpp"
#include "support/descriptors.hpp"

namespace {

// Allocations of this thread that still succeed; negative: all of them.
thread_local int allocations_left = -1;

void* allocate(std::size_t size) {
  if (allocations_left == 0) throw std::bad_alloc();
  if (allocations_left > 0) --allocations_left;
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

// Receives a message with two descriptors, letting one allocation after the other fail.
template <class Receive>
void fail_every_allocation(Receive receive) {
  const std::size_t before = test::open_descriptors();
  int failures = 0;
  for (bool received = false; !received; ++failures) {
    REQUIRE(failures < 100);
    auto [a, b] = sock::socketpair();
    b.settimeout(std::chrono::seconds(5));
    const iovec buffer{const_cast<char*>("x"), 1};
    const int two[] = {0, 0};
    sock::send_fds(a, {&buffer, 1}, two);
    allocations_left = failures;
    try {
      receive(b);
      received = true;
    } catch (const std::bad_alloc&) {
    }
    allocations_left = -1;
  }
  CHECK(failures > 1);
  CHECK(test::open_descriptors() == before);
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
