#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>
#include <stdexcept>

#include <doctest/doctest.h>

#include "sock/fd.hpp"
#include "support/allocations.hpp"
#include "support/descriptors.hpp"
#include "support/interrupts.hpp"
#include "support/syscalls.hpp"

TEST_CASE("system calls are told in order, and none but the function's own") {
  const auto none = support::system_calls([] {});
  if (!none) {
    MESSAGE("skipped: tracing is not allowed here");
    return;
  }
  CHECK(none->empty());
  const auto two = support::system_calls([] {
    char byte;
    (void)!::read(-1, &byte, 1);
    (void)!::write(-1, &byte, 1);
  });
  CHECK(*two == std::vector<long>{SYS_read, SYS_write});
}

TEST_CASE("a traced function that throws is no success") {
  if (!support::system_calls([] {})) return;
  CHECK_THROWS_AS(support::system_calls([] { throw std::runtime_error("as it should"); }),
                  std::runtime_error);
}

TEST_CASE("every form of new is counted") {
  // Called by name: a compiler may leave out a new-expression whose object nobody sees.
  const auto before = support::allocations();
  ::operator delete(::operator new(1));
  ::operator delete[](::operator new[](100));
  constexpr std::align_val_t alignment{64};
  ::operator delete(::operator new(64, alignment), alignment);
  CHECK(support::allocations() == before + 3);
}

TEST_CASE("a waiting system call is really interrupted, again and again") {
  const support::Interrupts interrupts(std::chrono::milliseconds(5));
  for (int i = 1; i <= 3; ++i) {
    CHECK(::poll(nullptr, 0, 10'000) == -1);
    CHECK(interrupts.delivered() >= i);
  }
}

TEST_CASE("an open descriptor is counted") {
  const auto before = support::open_descriptors();
  const sock::Fd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(support::open_descriptors() == before + 1);
}
