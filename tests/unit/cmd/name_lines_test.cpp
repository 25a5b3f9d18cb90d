#include "cmd/name_lines.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "cmd/console.hpp"
#include "cmd/values.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;

struct Pipe {
  Fd read, write;
  Pipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    read = Fd(ends[0]);
    write = Fd(ends[1]);
  }
};

TEST_CASE("names come a line each, without white space and empty lines") {
  Pipe pipe;
  write_all(pipe.write, "a\n\n  b.test:80 \t\r\n \nlast");
  pipe.write = Fd();
  NameLines lines(pipe.read);
  CHECK(lines.next() == "a");
  CHECK(lines.next() == "b.test:80");
  CHECK(lines.next() == "last");
  CHECK_FALSE(lines.next());
  CHECK_FALSE(lines.next());
}

TEST_CASE("a name is there as soon as its line is") {
  Pipe pipe;
  NameLines lines(pipe.read);
  write_all(pipe.write, "a\nb");
  CHECK(lines.next() == "a");
  write_all(pipe.write, "c\n");
  CHECK(lines.next() == "bc");
}

TEST_CASE("a line that is longer than any name ends the names") {
  Pipe pipe;
  SUBCASE("that goes on") { write_all(pipe.write, std::string(5000, 'a')); }
  SUBCASE("that ends") { write_all(pipe.write, std::string(5000, 'a') + '\n'); }
  NameLines lines(pipe.read);
  CHECK_THROWS_AS(lines.next(), UsageError);
}

TEST_CASE("what cannot be read is an error") {
  const Fd directory(::open("/", O_RDONLY | O_CLOEXEC));
  NameLines lines(directory);
  CHECK_THROWS(lines.next());
}

}  // namespace
