#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "sock/error.hpp"
#include "sock/socket.hpp"
#include "support/interrupts.hpp"
#include "support/syscalls.hpp"
#include "support/temp.hpp"

using namespace std::chrono_literals;
using sock::Fd;
using sock::FdRef;
using sock::Socket;

namespace {

void append(const Fd& file, std::string_view text) {
  REQUIRE(::lseek(file.get(), 0, SEEK_END) >= 0);
  while (!text.empty()) {
    const ssize_t n = ::write(file.get(), text.data(), text.size());
    REQUIRE(n > 0);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

Fd file_of(std::string_view content) {
  Fd file(::memfd_create("sendfile_test", MFD_CLOEXEC));
  REQUIRE(file);
  append(file, content);
  return file;
}

off_t position(const Fd& file) { return ::lseek(file.get(), 0, SEEK_CUR); }

struct Pair {
  Pair() : Pair(sock::socketpair()) {}
  explicit Pair(std::pair<Socket, Socket> p) : a(std::move(p.first)), b(std::move(p.second)) {
    a.settimeout(10s);
    b.settimeout(10s);
  }
  std::string received() {
    a.close();
    std::string all, some;
    while (!(some = b.recv(65536)).empty()) all += some;
    return all;
  }
  Socket a, b;
};

std::pair<Socket, Socket> tcp_pair() {
  Socket server = sock::create_server("127.0.0.1", 0);
  server.settimeout(10s);
  Socket client = sock::create_connection("127.0.0.1", server.getsockname().port());
  return {std::move(client), server.accept().first};
}

// Everything up to the end of the stream, read by another thread.
std::future<std::string> reading(Socket& from) {
  return std::async(std::launch::async, [&from] {
    std::string all, some;
    while (!(some = from.recv(65536)).empty()) all += some;
    return all;
  });
}

sigset_t only_sigpipe() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGPIPE);
  return set;
}

bool sigpipe_pending() {
  sigset_t pending;
  ::sigpending(&pending);
  return ::sigismember(&pending, SIGPIPE) == 1;
}

bool sigpipe_blocked() {
  sigset_t now;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
  return ::sigismember(&now, SIGPIPE) == 1;
}

}  // namespace

TEST_CASE("a file is sent from its start to its end, wherever it stood") {
  Pair p;
  const Fd file = file_of("the whole file");
  CHECK(p.a.sendfile(file) == 14);
  CHECK(position(file) == 14);
  ::lseek(file.get(), 3, SEEK_SET);
  CHECK(p.a.sendfile(file) == 14);
  CHECK(p.received() == "the whole filethe whole file");
}

TEST_CASE("offset and count choose the part, and the position ends behind it") {
  struct Row {
    std::uint64_t offset;
    std::optional<std::uint64_t> count;
    std::string_view sent;
  };
  for (const Row& row : {Row{4, {}, "456789"}, Row{0, 3, "012"}, Row{4, 3, "456"},
                         Row{8, 100, "89"}, Row{10, {}, ""}, Row{50, 1, ""}}) {
    CAPTURE(row.offset);
    Pair p;
    const Fd file = file_of("0123456789");
    CHECK(p.a.sendfile(file, row.offset, row.count) == row.sent.size());
    CHECK(position(file) == static_cast<off_t>(row.offset + row.sent.size()));
    CHECK(p.received() == row.sent);
  }
}

TEST_CASE("an empty file sends nothing, and what it grows by later can be sent") {
  Pair p;
  const Fd file = file_of("");
  CHECK(p.a.sendfile(file) == 0);
  append(file, "first");
  CHECK(p.a.sendfile(file) == 5);
  append(file, "second");
  CHECK(p.a.sendfile(file, 5) == 6);
  CHECK(p.received() == "firstsecond");
}

TEST_CASE("a large file arrives as it is, with and without a timeout") {
  const std::string content = support::random_bytes(9 << 20);
  const Fd file = file_of(content);
  for (const sock::Timeout timeout : {sock::Timeout(), sock::Timeout(10s)}) {
    Pair p(tcp_pair());
    p.a.settimeout(timeout);
    auto reader = reading(p.b);
    CHECK(p.a.sendfile(file, 1) == content.size() - 1);
    p.a.close();
    CHECK((reader.get() == content.substr(1)));
    CHECK(position(file) == static_cast<off_t>(content.size()));
  }
}

TEST_CASE("a regular file takes sendfile(2), and nothing else for each piece") {
  Pair p;
  p.a.settimeout({});
  const Fd file = file_of("a small file");
  const auto calls = support::system_calls([&] { p.a.sendfile(file); });
  if (!calls) {
    MESSAGE("skipped: this machine does not allow tracing");
    return;
  }
  CHECK(std::count(calls->begin(), calls->end(), SYS_sendfile) == 2);  // the file, and its end
  CHECK(std::count(calls->begin(), calls->end(), SYS_rt_sigprocmask) == 2);
  CHECK(calls->size() == 6);  // and fstat and lseek
}

TEST_CASE("a pipe is read and sent to its end, or as far as count goes") {
  int fds[2];
  REQUIRE(::pipe2(fds, O_CLOEXEC) == 0);
  const Fd in(fds[0]);
  Fd out(fds[1]);
  Pair p;
  REQUIRE(::write(out.get(), "0123456789", 10) == 10);
  CHECK(p.a.sendfile(in, 0, 4) == 4);
  out.reset();
  CHECK(p.a.sendfile(in) == 6);
  CHECK(p.received() == "0123456789");
}

TEST_CASE("a pipe has no offset") {
  int fds[2];
  REQUIRE(::pipe2(fds, O_CLOEXEC) == 0);
  const Fd in(fds[0]), out(fds[1]);
  REQUIRE(::write(out.get(), "x", 1) == 1);
  Pair p;
  try {
    p.a.sendfile(in, 1);
    FAIL("sent from the middle of a pipe");
  } catch (const sock::Error& e) {
    CHECK(e.code() == std::errc::invalid_seek);
    CHECK(e.operation() == "lseek");
    CHECK(e.subject() == "fd " + std::to_string(in.get()));
  }
}

TEST_CASE("a file of the kernel's own making is sent whatever sendfile(2) says of it") {
  const Fd file(::open("/proc/version", O_RDONLY | O_CLOEXEC));
  REQUIRE(file);
  std::string content;
  std::getline(std::ifstream("/proc/version"), content, '\0');
  Pair p;
  CHECK(p.a.sendfile(file, 6) == content.size() - 6);
  CHECK(position(file) == static_cast<off_t>(content.size()));
  CHECK(p.received() == content.substr(6));
}

// The memory of this process as a file: its positions are addresses, and sendfile(2) refuses it.
TEST_CASE("a file that has to be read is read from the offset, and says where it failed") {
  const Fd memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const pages =
      ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(pages != MAP_FAILED);
  char* const first = static_cast<char*>(pages);
  std::fill_n(first, page, 'a');
  first[page - 1] = 'z';
  // Behind the first page there is nothing to read.
  REQUIRE(::munmap(first + page, page) == 0);
  char c;
  const auto offset = reinterpret_cast<std::uintptr_t>(first);
  if (!memory || ::pread(memory.get(), &c, 1, static_cast<off_t>(offset)) != 1) {
    MESSAGE("skipped: this machine does not give a process its memory as a file");
  } else {
    Pair p;
    CHECK(p.a.sendfile(memory, offset + page - 3, 2) == 2);
    try {
      p.a.sendfile(memory, offset + page - 2);
      FAIL_CHECK("read what is not there");
    } catch (const sock::Error& e) {
      CHECK(e.code() == std::errc::io_error);
      CHECK(e.operation() == "read");
      CHECK(e.transferred() == 2);
    }
    CHECK(position(memory) == static_cast<off_t>(offset + page));
    CHECK(p.received() == "aaaz");
  }
  ::munmap(first, page);
}

TEST_CASE("what cannot work is refused before anything is touched") {
  const Fd file = file_of("0123456789");
  ::lseek(file.get(), 3, SEEK_SET);
  Pair p;
  CHECK_THROWS_AS(p.a.sendfile(file, 0, 0), std::invalid_argument);
  p.a.settimeout(0s);
  CHECK_THROWS_AS(p.a.sendfile(file), std::invalid_argument);
  auto [datagrams, other] = sock::socketpair(AF_UNIX, SOCK_DGRAM);
  CHECK_THROWS_AS(datagrams.sendfile(file), std::invalid_argument);
  CHECK(position(file) == 3);
}

TEST_CASE("a closed socket and a file that cannot be read are errors of the right one") {
  const Fd file = file_of("x");
  Pair p;
  const auto error_of = [&](FdRef from) -> std::string {
    try {
      p.a.sendfile(from);
    } catch (const sock::Error& e) {
      CHECK(e.code() == std::errc::bad_file_descriptor);
      return e.operation() + " " + e.subject();
    }
    return {};
  };
  const Fd write_only(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  CHECK(error_of(write_only) == "read fd " + std::to_string(write_only.get()));
  CHECK(error_of(FdRef(-1)) == "lseek fd -1");
  p.a.close();
  CHECK(error_of(file) == "sendfile closed socket");
}

TEST_CASE("a peer that was gone is the connection's error and no signal") {
  const Fd file = file_of("0123456789");
  Pair p;
  p.b.close();
  try {
    p.a.sendfile(file, 4);
    FAIL("sent to nobody");
  } catch (const sock::BrokenPipeError& e) {
    CHECK(e.operation() == "sendfile");
    CHECK(e.transferred() == 0);
  }
  CHECK(position(file) == 4);
  Pair reset(tcp_pair());
  const linger at_once{1, 0};
  reset.b.setsockopt(SOL_SOCKET, SO_LINGER, std::as_bytes(std::span(&at_once, 1)));
  reset.b.close();
  CHECK_THROWS_AS(reset.a.sendfile(file), sock::ConnectionResetError);
}

TEST_CASE("a peer that goes in the middle: the error tells how much went, as the position does") {
  const Fd file = file_of(std::string(64 << 20, 'x'));
  Pair p(tcp_pair());
  p.a.settimeout({});
  std::thread reader([&b = p.b] {
    for (std::size_t got = 0; got < 1 << 20;) got += b.recv(65536).size();
    b.close();
  });
  try {
    p.a.sendfile(file, 5);
    FAIL("sent everything");
  } catch (const sock::ConnectionError& e) {
    CHECK(e.transferred() >= 1 << 20);
    CHECK(e.transferred() < 64 << 20);
    CHECK(position(file) == static_cast<off_t>(5 + e.transferred()));
  }
  reader.join();
}

TEST_CASE("SIGPIPE is as it was: not pending, not blocked, and one of the caller's still there") {
  const Fd file = file_of("x");
  const auto send_to_nobody = [&] {
    Pair p;
    p.b.close();
    CHECK_THROWS_AS(p.a.sendfile(file), sock::BrokenPipeError);
  };
  REQUIRE_FALSE(sigpipe_blocked());
  send_to_nobody();
  CHECK_FALSE(sigpipe_blocked());
  const sigset_t sigpipe = only_sigpipe();
  ::pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
  send_to_nobody();
  CHECK(sigpipe_blocked());
  CHECK_FALSE(sigpipe_pending());
  ::raise(SIGPIPE);
  send_to_nobody();
  CHECK(sigpipe_pending());
  const timespec at_once{};
  ::sigtimedwait(&sigpipe, nullptr, &at_once);
  ::pthread_sigmask(SIG_UNBLOCK, &sigpipe, nullptr);
}

TEST_CASE("the timeout bounds each wait: a slow reader may take longer than it") {
  const std::string content = support::random_bytes(2 << 20);
  const Fd file = file_of(content);
  Pair p;
  p.a.settimeout(800ms);
  std::string got;
  std::thread reader([&, &b = p.b] {
    for (int i = 0; i < 12; ++i) {
      std::this_thread::sleep_for(100ms);
      for (const std::size_t until = got.size() + (128 << 10); got.size() < until;)
        got += b.recv(until - got.size());
    }
    for (std::string some; !(some = b.recv(65536)).empty();) got += some;
  });
  const auto start = std::chrono::steady_clock::now();
  CHECK(p.a.sendfile(file) == content.size());
  CHECK(std::chrono::steady_clock::now() - start > 800ms);
  p.a.close();
  reader.join();
  CHECK((got == content));
}

TEST_CASE("nobody reading is a timeout that tells how much went, however the file is sent") {
  const Fd regular = file_of(std::string(16 << 20, 'x'));
  const Fd device(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  REQUIRE(device);
  for (const Fd* file : {&regular, &device}) {
    Pair p;
    p.a.settimeout(30ms);
    // Another holder of the descriptor may have made it blocking; sendfile(2) cannot help that.
    int off = 0;
    if (file == &device) REQUIRE(::ioctl(p.a.fileno(), FIONBIO, &off) == 0);
    try {
      p.a.sendfile(*file, 7);
      FAIL("sent without a reader");
    } catch (const sock::TimeoutError& e) {
      CHECK(e.code() == sock::Errc::timed_out);
      CHECK(e.operation() == "sendfile");
      const std::size_t sent = e.transferred();
      CHECK(sent > 0);
      if (file == &regular) CHECK(position(*file) == static_cast<off_t>(7 + sent));
      CHECK(p.received().size() == sent);
    }
  }
}

TEST_CASE("in blocking mode a descriptor that does not block is waited for") {
  const std::string content = support::random_bytes(4 << 20);
  const Fd file = file_of(content);
  Pair p;
  p.a.settimeout({});
  int on = 1;
  REQUIRE(::ioctl(p.a.fileno(), FIONBIO, &on) == 0);
  auto reader = reading(p.b);
  CHECK(p.a.sendfile(file) == content.size());
  p.a.close();
  CHECK((reader.get() == content));
}

TEST_CASE("a timed transfer does not hang when another holder made the descriptor blocking") {
  Pair p;
  p.a.settimeout(60ms);
  int off = 0;
  REQUIRE(::ioctl(p.a.fileno(), FIONBIO, &off) == 0);
  const Fd file = file_of(std::string(16 << 20, 'x'));
  CHECK_THROWS_AS(p.a.sendfile(file), sock::TimeoutError);
}

TEST_CASE("where all was sent no interrupt handler is asked") {
  const auto handler = sock::set_interrupt_handler([]() noexcept { return false; });
  Pair p;
  CHECK(p.a.sendfile(file_of("hello")) == 5);
  sock::set_interrupt_handler(handler);
}

TEST_CASE("a closed socket reads nothing of a file that can be read only once") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const Fd reader(ends[0]), writer(ends[1]);
  REQUIRE(::write(writer.get(), "x", 1) == 1);
  Socket closed;
  closed.close();
  CHECK_THROWS_AS(closed.sendfile(reader), sock::Error);
  char c = 0;
  CHECK(::read(reader.get(), &c, 1) == 1);
}

TEST_CASE("an interrupt handler that says stop ends it at the first signal, with what was sent") {
  const Fd file = file_of(std::string(16 << 20, 'x'));
  static const support::Interrupts* current;
  const auto handler =
      sock::set_interrupt_handler([]() noexcept { return current->delivered() == 0; });
  for (const sock::Timeout timeout : {sock::Timeout(), sock::Timeout(10s)}) {
    Pair p;
    p.a.settimeout(timeout);
    std::size_t sent = 0;
    const support::Interrupts interrupts(100ms);
    current = &interrupts;
    try {
      p.a.sendfile(file);
      FAIL("sent without a reader");
    } catch (const sock::InterruptedError& e) {
      sent = e.transferred();
    }
    CHECK(interrupts.delivered() == 1);  // the one that cut a call short, too
    CHECK(position(file) == static_cast<off_t>(sent));
    CHECK(p.received().size() == sent);
  }
  sock::set_interrupt_handler(handler);
}
