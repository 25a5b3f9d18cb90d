#include "sock/stream.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <initializer_list>
#include <ios>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "sock/create.hpp"
#include "sock/error.hpp"
#include "support/descriptors.hpp"

using namespace std::chrono_literals;
using sock::Socket;
using sock::SocketStream;

namespace {

struct Pair {
  Pair() {
    a.settimeout(5s);
    b.settimeout(5s);
  }
  std::pair<Socket, Socket> both = sock::socketpair();
  Socket& a = both.first;
  Socket& b = both.second;
};

bool nothing_arrived(Socket& s) {
  std::byte one;
  return !s.try_recv({&one, 1}, MSG_PEEK);
}

std::string rest_of(Socket& s) {
  std::string all, some;
  while (!(some = s.recv(65536)).empty()) all += some;
  return all;
}

std::string letters(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26 + i / 26 % 3);
  return text;
}

struct Operation {
  const char* name;
  std::function<void(SocketStream&)> run;
};

void reset(Socket& s) {
  const linger at_once{1, 0};
  s.setsockopt(SOL_SOCKET, SO_LINGER, std::as_bytes(std::span(&at_once, 1)));
  s.close();
}

std::pair<Socket, Socket> tcp_pair() {
  Socket server = sock::create_server("127.0.0.1", 0);
  server.settimeout(5s);
  Socket client = sock::create_connection("127.0.0.1", server.getsockname().port());
  return {std::move(client), server.accept().first};
}

}  // namespace

TEST_CASE("a stream reads lines and values, and writes them") {
  Pair p;
  SocketStream stream(p.a);
  p.b.sendall("first line\n42 word 2.5\nlast");
  p.b.shutdown(SHUT_WR);
  std::string line, word;
  int number = 0;
  double fraction = 0;
  CHECK(std::getline(stream, line));
  CHECK(line == "first line");
  CHECK((stream >> number >> word >> fraction >> std::ws));
  CHECK(number == 42);
  CHECK(word == "word");
  CHECK(fraction == 2.5);
  CHECK(std::getline(stream, line));
  CHECK(line == "last");
  CHECK_FALSE(std::getline(stream, line));
  CHECK(stream.eof());
  CHECK_FALSE(stream.would_block());
  stream.clear();  // the other direction is still open
  stream << "answer " << 42 << ' ' << 2.5 << std::endl;
  CHECK(p.b.recv(100) == "answer 42 2.5\n");
}

TEST_CASE("what is read and written may be larger than the buffers") {
  const std::string text = letters(100000);
  for (const std::size_t size :
       std::initializer_list<std::size_t>{0, 1, 7, 4096, 99999, 100000, 200000}) {
    CAPTURE(size);
    Pair p;
    auto writer = std::async(std::launch::async, [&] {
      const auto stream = p.b.makefile(size);
      stream->write(text.data(), 10);
      stream->put(text[10]);
      stream->write(text.data() + 11, 20);
      stream->write(text.data() + 31, static_cast<std::streamsize>(text.size() - 31));
      stream->close();
      p.b.shutdown(SHUT_WR);
    });
    const auto stream = p.a.makefile(size);
    std::string got(text.size() + 10, '.');
    CHECK(stream->get() == text[0]);
    stream->read(&got[1], 8);
    CHECK(stream->peek() == text[9]);
    stream->read(&got[9], static_cast<std::streamsize>(got.size() - 9));
    CHECK(stream->eof());
    CHECK(stream->gcount() == static_cast<std::streamsize>(text.size() - 9));
    CHECK((got.substr(1, text.size() - 1) == text.substr(1)));
    writer.get();
  }
}

TEST_CASE("what is written is sent when the buffer is full, or at flush") {
  Pair p;
  SocketStream stream(p.a, 8);
  stream << "12345678";
  CHECK(nothing_arrived(p.b));
  stream << '9';
  CHECK(p.b.recv(100) == "12345678");
  CHECK(nothing_arrived(p.b));
  stream.flush();
  CHECK(p.b.recv(100) == "9");
  stream << "ab"
         << "longer than the buffer";
  CHECK(p.b.recv(2) == "ab");
  CHECK(p.b.recv(100) == "longer than the buffer");
}

TEST_CASE("an unbuffered stream writes through and reads no further than asked") {
  Pair p;
  SocketStream stream(p.a, 0);
  stream << 'x';
  CHECK(p.b.recv(100) == "x");
  stream << "yz";
  CHECK(p.b.recv(100) == "yz");
  p.b.sendall("line\nrest");
  std::string line;
  CHECK(std::getline(stream, line));
  CHECK(line == "line");
  CHECK(p.a.recv(100) == "rest");
}

TEST_CASE("a large read bypasses the buffer and leaves the rest in the socket") {
  Pair p;
  SocketStream stream(p.a, 10);
  p.b.sendall(letters(100));
  std::string got(25, '.');
  CHECK(stream.read(got.data(), 25));
  CHECK(got == letters(100).substr(0, 25));
  CHECK(p.a.recv(200).size() == 75);
}

TEST_CASE("what was read last can be put back, however it was read") {
  Pair p;
  const auto stream = p.a.makefile();
  p.b.send("A");
  CHECK(stream->get() == 'A');
  const std::string large = letters(8192);  // as much as the buffer holds: read past it
  p.b.sendall(large);
  std::string got(large.size(), '\0');
  stream->read(got.data(), static_cast<std::streamsize>(got.size()));
  CHECK(got == large);
  stream->unget();
  CHECK(stream->get() == large.back());
}

TEST_CASE("readsome takes what is there and never waits") {
  Pair p;
  p.a.settimeout({});
  SocketStream stream(p.a);
  char some[10];
  CHECK(stream.readsome(some, 10) == 0);
  CHECK(stream.good());
  CHECK(stream.would_block());
  p.b.sendall("abc");
  CHECK(stream.readsome(some, 2) == 2);
  CHECK(stream.readsome(some, 10) == 1);
  CHECK(some[0] == 'c');
  p.b.close();
  CHECK(stream.readsome(some, 10) == 0);
  CHECK(stream.eof());
}

TEST_CASE("closing the stream flushes it and leaves the socket open") {
  Pair p;
  SocketStream stream(p.a);
  CHECK(stream.fileno() == p.a.fileno());
  stream << "flushed";
  p.b.sendall("unread\n");
  CHECK(stream.peek() == 'u');
  CHECK_FALSE(stream.closed());
  stream.close();
  CHECK(stream.closed());
  CHECK(stream.fileno() == -1);
  CHECK(p.b.recv(100) == "flushed");
  p.a.sendall("still open");
  CHECK(p.b.recv(100) == "still open");
  stream.close();  // twice is fine
}

TEST_CASE("a closed stream reads and writes nothing, also not what it had buffered") {
  Pair p;
  SocketStream stream(p.a);
  p.b.sendall("unread\n");
  CHECK(stream.peek() == 'u');
  stream.close();
  const auto error_of = [&](auto use) {
    stream.clear();
    try {
      use();
    } catch (const sock::Error& e) {
      return std::string(e.what());
    }
    return std::string("none");
  };
  CHECK(error_of([&] { stream.get(); }) == "read closed socket: Bad file descriptor");
  CHECK(error_of([&] { stream << "x"; }) == "write closed socket: Bad file descriptor");
  CHECK(error_of([&] { stream.flush(); }) == "none");
}

TEST_CASE("the descriptor of a closed socket lives until its last stream is closed") {
  const std::size_t before = support::open_descriptors();
  Pair p;
  auto one = p.a.makefile();
  auto two = p.a.makefile();
  const int fd = p.a.fileno();
  p.a.close();
  CHECK(p.a.fileno() == -1);
  CHECK(one->fileno() == fd);
  *one << "one" << std::flush;
  one->close();
  *two << "two" << std::flush;
  CHECK(p.b.recv(3) == "one");
  CHECK(p.b.recv(3) == "two");
  two.reset();
  CHECK(p.b.recv(1).empty());
  p.b.close();
  CHECK(support::open_descriptors() == before);
}

TEST_CASE("a socket that goes away leaves its stream working") {
  auto [a, b] = sock::socketpair();
  std::unique_ptr<SocketStream> stream;
  {
    const Socket gone = std::move(a);
    stream = Socket(sock::fromfd(gone)).makefile();
  }
  b.settimeout(5s);
  *stream << "here" << std::flush;
  CHECK(b.recv(10) == "here");
  stream.reset();
  CHECK(b.recv(10).empty());
}

TEST_CASE("a stream over a detached socket lets go of the descriptor") {
  Pair p;
  auto stream = p.a.makefile();
  const sock::Fd fd(p.a.detach());
  CHECK(stream->fileno() == -1);
  CHECK_THROWS_AS(*stream << "x" << std::flush, sock::Error);
  stream.reset();
  CHECK(::fcntl(fd.get(), F_GETFD) >= 0);
}

TEST_CASE("the destructor flushes, and swallows what goes wrong") {
  Pair p;
  { SocketStream(p.a) << "flushed"; }
  CHECK(p.b.recv(100) == "flushed");
  p.b.close();
  { SocketStream(p.a) << "nobody there"; }
}

TEST_CASE("every writing operation lets the error out as it was thrown") {
  const Operation operations[] = {
      {"<< text", [](SocketStream& s) { s << "text"; }},
      {"<< string", [](SocketStream& s) { s << std::string("text"); }},
      {"<< int", [](SocketStream& s) { s << 42; }},
      {"<< double", [](SocketStream& s) { s << 4.2; }},
      {"<< char", [](SocketStream& s) { s << 'c'; }},
      {"put", [](SocketStream& s) { s.put('c'); }},
      {"write", [](SocketStream& s) { s.write("text", 4); }},
  };
  for (const Operation& operation : operations)
    for (const std::size_t size : {std::size_t{0}, std::size_t{100}}) {
      CAPTURE(operation.name);
      CAPTURE(size);
      Pair p;
      SocketStream stream(p.a, size);
      p.b.close();
      try {
        operation.run(stream);
        stream.flush();
        FAIL("wrote to nobody");
      } catch (const sock::BrokenPipeError& e) {
        CHECK(e.operation() == "write");
      }
      CHECK(stream.bad());
    }
  Pair p;
  SocketStream stream(p.a);
  p.b.close();
  CHECK_THROWS_AS(stream << std::endl, sock::BrokenPipeError);
  stream.clear();
  CHECK_THROWS_AS(stream.close(), sock::BrokenPipeError);
  CHECK(stream.closed());
}

TEST_CASE("every reading operation lets the error out as it was thrown") {
  char c[10];
  std::string text;
  int number;
  const Operation operations[] = {
      {"getline", [&](SocketStream& s) { std::getline(s, text); }},
      {"getline(char*)", [&](SocketStream& s) { s.getline(c, 10); }},
      {">> string", [&](SocketStream& s) { s >> text; }},
      {">> int", [&](SocketStream& s) { s >> number; }},
      {">> char", [&](SocketStream& s) { s >> c[0]; }},
      {">> ws", [&](SocketStream& s) { s >> std::ws; }},
      {"get", [&](SocketStream& s) { s.get(); }},
      {"get(char&)", [&](SocketStream& s) { s.get(c[0]); }},
      {"peek", [&](SocketStream& s) { s.peek(); }},
      {"ignore", [&](SocketStream& s) { s.ignore(); }},
      {"ignore(n, c)", [&](SocketStream& s) { s.ignore(10, 'x'); }},
      {"read", [&](SocketStream& s) { s.read(c, 10); }},
      {"readsome", [&](SocketStream& s) { s.readsome(c, 10); }},
  };
  for (const Operation& operation : operations) {
    CAPTURE(operation.name);
    auto [a, b] = tcp_pair();
    a.settimeout(5s);
    SocketStream stream(a);
    reset(b);
    try {
      operation.run(stream);
      FAIL("read from nobody");
    } catch (const sock::ConnectionResetError& e) {
      CHECK(e.operation() == "read");
    }
    CHECK(stream.bad());
  }
}

TEST_CASE("after a read timed out reads fail for good, and writes go on") {
  Pair p;
  SocketStream stream(p.a);
  p.a.settimeout(20ms);  // the stream waits as its socket does
  p.b.sendall("half a li");
  std::string line;
  CHECK_THROWS_AS(std::getline(stream, line), sock::TimeoutError);
  CHECK(stream.bad());
  CHECK_THROWS_AS(std::getline(stream, line), std::ios_base::failure);  // until clear()
  p.b.sendall("ne\n");
  for (int i = 0; i < 2; ++i) {
    stream.clear();
    try {
      std::getline(stream, line);
      FAIL("read on");
    } catch (const sock::Error& e) {
      CHECK(e.code() == sock::Errc::timed_out_stream);
    }
  }
  stream.clear();
  char some[10];
  CHECK_THROWS_AS(stream.readsome(some, 10), sock::Error);
  stream.clear();
  stream << "bye" << std::flush;
  CHECK(p.b.recv(10) == "bye");
}

TEST_CASE("a write that times out keeps what was not sent") {
  Pair p;
  p.a.settimeout(20ms);
  const std::string text = letters(4 << 20);
  SocketStream stream(p.a, text.size());
  stream << text;
  try {
    stream.flush();
    FAIL("sent without a reader");
  } catch (const sock::TimeoutError& e) {
    CHECK(e.transferred() > 0);
    CHECK(e.transferred() < text.size());
  }
  stream.clear();
  p.a.settimeout(5s);
  auto reader = std::async(std::launch::async, [&] { return rest_of(p.b); });
  stream.flush();
  p.a.shutdown(SHUT_WR);
  CHECK((reader.get() == text));
}

TEST_CASE("in non-blocking mode nothing yet is not an error, and the next read tries again") {
  Pair p;
  p.a.setblocking(false);
  SocketStream stream(p.a);
  std::string line;
  CHECK_FALSE(std::getline(stream, line));
  CHECK(stream.would_block());
  CHECK(stream.good());
  p.b.sendall("par");
  CHECK(std::getline(stream, line));
  CHECK(line == "par");  // what had come of the line; the rest is for the next
  CHECK(stream.would_block());
  p.b.sendall("tial\nnext\n");
  CHECK(std::getline(stream, line));
  CHECK(line == "tial");
  CHECK(std::getline(stream, line));
  CHECK(line == "next");
  p.b.close();
  CHECK_FALSE(std::getline(stream, line));
  CHECK_FALSE(stream.would_block());
  CHECK(stream.eof());
}

TEST_CASE("in non-blocking mode what the socket does not take stays for the next flush") {
  const std::string text = letters(2 << 20);
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 100, 4096}) {
    CAPTURE(size);
    Pair p;
    p.a.setblocking(false);
    SocketStream stream(p.a, size);
    stream << text;
    CHECK(stream.would_block());
    stream << text.substr(0, 50) << 'x' << text;
    CHECK(stream.good());
    stream.flush();
    CHECK(stream.good());
    std::string got;
    const std::string whole = text + text.substr(0, 50) + 'x' + text;
    while (got.size() < whole.size()) {
      got += p.b.recv(1 << 20);
      stream.flush();
    }
    CHECK((got == whole));
    CHECK_FALSE(stream.would_block());
    stream << letters(size) << 'x';  // more than the buffer holds, now that it is empty again
    CHECK(p.b.recv(1 << 20).size() >= size);
  }
}

TEST_CASE("closing a stream that cannot send its rest says so, and closes") {
  Pair p;
  p.a.setblocking(false);
  SocketStream stream(p.a);
  stream << letters(2 << 20);
  CHECK_THROWS_AS(stream.close(), sock::BlockingIOError);
  CHECK(stream.closed());
}

TEST_CASE("looking whether a stream would block leaves an error in place") {
  Pair p;
  p.a.setblocking(false);
  SocketStream stream(p.a);
  std::string line;
  std::getline(stream, line);
  CHECK_THROWS_AS(stream.setstate(std::ios_base::badbit), std::ios_base::failure);
  CHECK(stream.would_block());
  CHECK(stream.bad());
}
