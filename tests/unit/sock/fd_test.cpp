#include "sock/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <type_traits>

#include <doctest/doctest.h>

#include "sock/error.hpp"

using namespace sock;

namespace {

int open_null() {
  const int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  REQUIRE(fd >= 0);
  return fd;
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("a descriptor is closed with its owner") {
  const int fd = open_null();
  { const Fd owner(fd); }
  CHECK_FALSE(is_open(fd));
}

TEST_CASE("an owner without a descriptor is false and -1") {
  const Fd none;
  CHECK_FALSE(none);
  CHECK(none.get() == -1);
  const Fd some(open_null());
  CHECK(some);
}

TEST_CASE("moving hands the descriptor over and leaves nothing behind") {
  static_assert(!std::is_copy_constructible_v<Fd>);
  static_assert(std::is_nothrow_move_constructible_v<Fd>);
  Fd first(open_null());
  const int fd = first.get();
  Fd second(std::move(first));
  CHECK(first.get() == -1);
  CHECK(second.get() == fd);
  Fd third(open_null());
  const int replaced = third.get();
  third = std::move(second);
  CHECK(third.get() == fd);
  CHECK_FALSE(is_open(replaced));
  CHECK(is_open(fd));
  Fd& same = third;
  third = std::move(same);
  CHECK(third.get() == fd);
  CHECK(is_open(fd));
}

TEST_CASE("release leaves the descriptor open, reset closes it") {
  Fd owner(open_null());
  const int fd = owner.release();
  CHECK_FALSE(owner);
  CHECK(is_open(fd));
  owner.reset(fd);
  CHECK(owner.get() == fd);
  owner.reset();
  CHECK_FALSE(is_open(fd));
  CHECK(owner.get() == -1);
}

TEST_CASE("a borrowed descriptor is not closed") {
  const Fd owner(open_null());
  {
    const FdRef borrowed = owner;
    CHECK(borrowed.get() == owner.get());
    CHECK(borrowed == FdRef(owner.get()));
  }
  CHECK(is_open(owner.get()));
}

TEST_CASE("a duplicate is another descriptor of the same file and is not inherited") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  set_inheritable(writer, true);
  const Fd copy = sock::dup(writer);
  CHECK(copy.get() != writer.get());
  CHECK_FALSE(get_inheritable(copy));
  writer.reset();
  CHECK(::write(copy.get(), "x", 1) == 1);
  char byte = 0;
  CHECK(::read(reader.get(), &byte, 1) == 1);
  CHECK(byte == 'x');
}

TEST_CASE("inheritance is switched on and off") {
  const Fd fd(open_null());
  CHECK_FALSE(get_inheritable(fd));
  set_inheritable(fd, true);
  CHECK(get_inheritable(fd));
  CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) == 0);
  set_inheritable(fd, false);
  CHECK_FALSE(get_inheritable(fd));
  CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("closing a bare descriptor twice is EBADF, with its number") {
  const int fd = open_null();
  sock::close(fd);
  CHECK_FALSE(is_open(fd));
  try {
    sock::close(fd);
    FAIL("the second close succeeded");
  } catch (const Error& e) {
    CHECK(e.code() == std::errc::bad_file_descriptor);
    CHECK(e.operation() == "close");
    CHECK(e.subject() == "fd " + std::to_string(fd));
  }
}

TEST_CASE("what is asked of no descriptor is EBADF") {
  const FdRef none(-1);
  const auto is_bad = [](auto call) {
    try {
      call();
    } catch (const Error& e) {
      return e.code() == std::errc::bad_file_descriptor && e.subject() == "fd -1";
    }
    return false;
  };
  CHECK(is_bad([&] { (void)sock::dup(none); }));
  CHECK(is_bad([&] { (void)get_inheritable(none); }));
  CHECK(is_bad([&] { set_inheritable(none, true); }));
  CHECK(is_bad([&] { sock::close(-1); }));
}
