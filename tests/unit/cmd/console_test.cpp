#include "cmd/console.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sock/error.hpp"

namespace {

using namespace sock;
using sock::cmd::Console;
using sock::cmd::printable;

struct Pipe {
  Pipe() {
    std::array<int, 2> fds{};
    REQUIRE(::pipe2(fds.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    read = Fd(fds[0]);
    write = Fd(fds[1]);
  }
  std::string take() {
    std::array<char, 4096> buffer{};
    const ssize_t n = ::read(read.get(), buffer.data(), buffer.size());
    return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string();
  }
  Fd read, write;
};

TEST_CASE("text from elsewhere is made safe for a terminal") {
  struct Row {
    std::string text, expected;
  };
  const std::vector<Row> rows{{"plain text", "plain text"},
                              {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
                               "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
                              {"\x1b[31mred", "\\x1b[31mred"},
                              {"a\tb\r\n\x7f", "a\\x09b\\x0d\\x0a\\x7f"},
                              {std::string("a\0b", 3), "a\\x00b"},
                              {"\xc2\x9b"
                               "31m",
                               "\\xc2\\x9b31m"},                           // C1: CSI
                              {"\xc2\x80\xc2\xa0", "\\xc2\\x80\xc2\xa0"},  // C1 ends at U+009F
                              {"\x80\xff", "\\x80\\xff"},
                              {"\xc0\xaf", "\\xc0\\xaf"},           // overlong
                              {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},  // overlong
                              {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // surrogate
                              {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
                              {"\xe2\x82", "\\xe2\\x82"},  // cut short
                              {"\xe2\x82x", "\\xe2\\x82x"}};
  for (const Row& row : rows) {
    CAPTURE(row.expected);
    CHECK(printable(row.text) == row.expected);
    CHECK(printable(row.expected) == row.expected);
  }
}

TEST_CASE("the level decides what is said") {
  struct Row {
    Console::Level level;
    const char* expected;
  };
  for (const Row& row : {Row{Console::Level::silent, ""}, Row{Console::Level::quiet, "sock: e\n"},
                         Row{Console::Level::normal, "sock: e\nn\n"},
                         Row{Console::Level::verbose, "sock: e\nn\nd\n"}}) {
    Pipe out, err;
    Console console(out.write, err.write);
    console.set_level(row.level);
    console.error("e");
    console.note("n");
    console.detail("d");
    CHECK(err.take() == row.expected);
    CHECK(out.take().empty());
  }
}

TEST_CASE("an error that ends a run gives its code, and is told even when nothing is said") {
  for (const auto level : {Console::Level::normal, Console::Level::silent}) {
    Pipe out, err;
    Console console(out.write, err.write);
    console.set_level(level);
    std::string told;
    console.tell_failures_to([&](std::string_view text, int exit_code) {
      told = std::string(text) + ' ' + std::to_string(exit_code);
    });
    CHECK(console.failed(sock::cmd::Exit::timed_out, "late") == 5);
    CHECK(told == "late 5");
    CHECK(err.take() == (level == Console::Level::silent ? "" : "sock: late\n"));
  }
}

TEST_CASE("talk takes the place of the status line, which ends where it is") {
  Pipe out, err;
  const Console console(out.write, err.write);
  CHECK(!console.terminal_width());
  console.status("10%");
  console.status("20%");
  console.note("n");
  console.note("m");
  console.status("30%");
  console.end_status();
  console.end_status();
  CHECK(err.take() == "\r10%\x1b[K\r20%\x1b[K\r\x1b[Kn\nm\n\r30%\x1b[K\n");
}

TEST_CASE("further lines of an error are indented") {
  Pipe out, err;
  Console(out.write, err.write).error("one\ntwo");
  CHECK(err.take() == "sock: one\n  two\n");
}

TEST_CASE("data goes to standard output as it is") {
  Pipe out, err;
  Console(out.write, err.write).data("a\x1b\n");
  CHECK(out.take() == "a\x1b\n");
  CHECK(err.take().empty());
}

TEST_CASE("data that cannot be written is an error") {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  try {
    Console(full, full).data("x");
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.code() == std::errc::no_space_on_device);
    CHECK(error.subject() == "standard output");
  }
  Console(full, full).error("x");  // nobody hears it, and nothing is thrown
}

}  // namespace
