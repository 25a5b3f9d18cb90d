#include "serve/hub.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "unit/serve/served.hpp"

namespace {

using namespace served;
using sock::serve::chat_line;
using sock::serve::Hub;

TEST_CASE("a chat's line has the name, and nothing that a terminal obeys") {
  struct Row {
    std::string text, expected;
  };
  for (const Row& row : std::vector<Row>{{"hello", "<me> hello\n"},
                                         {"", "<me> \n"},
                                         {"hello\r", "<me> hello\n"},
                                         {"a\tb", "<me> a\tb\n"},
                                         {"\x1b[31m", "<me> \\x1b[31m\n"},
                                         {"a\x7f\rb", "<me> a\\x7f\\x0db\n"},
                                         {"gr\xc3\xbc\xc3\x9f", "<me> gr\xc3\xbc\xc3\x9f\n"},
                                         {"\xc2\x9b"
                                          "31m",
                                          "<me> \\xc2\\x9b31m\n"}}) {
    CAPTURE(row.expected);
    CHECK(chat_line("me", row.text) == row.expected);
  }
}

TEST_CASE("what one sends goes to all others; a peer that ends its side leaves") {
  Hub hub(Hub::Style::broker);
  Served served(hub, {.limits = {.in_all = 3}});
  served.while_clients([&] {
    sock::Socket a = served.client(), b = served.client(), c = served.client();
    // Known to be members once they have heard something.
    for (bool all = false; !all;) {
      a.sendall(".");
      b.settimeout(20ms);
      c.settimeout(20ms);
      try {
        all = !b.recv(100).empty() && !c.recv(100).empty();
      } catch (const sock::TimeoutError&) {
      }
    }
    b.settimeout(10s);
    c.settimeout(10s);
    b.sendall("from b");
    std::string heard;
    while (heard.find("from b") == std::string::npos) heard += c.recv(100);
    CHECK(a.recv(100) == "from b");
    for (sock::Socket* client : {&a, &b, &c}) client->shutdown(SHUT_WR);
    CHECK(read_to_end(a) == "");
  });
  CHECK(served.sessions.empty());
}

TEST_CASE("one that does not read is dropped, and the others get everything") {
  Hub hub(Hub::Style::broker, 64 * 1024);
  Served served(hub, {.limits = {.in_all = 3}});
  const std::string much(12'000'000, 'x');
  served.while_clients([&] {
    sock::Socket silent = served.client(), talker = served.client(), reader = served.client();
    reader.settimeout(50ms);
    for (bool heard = false; !heard;) {
      talker.sendall(".");
      try {
        heard = !reader.recv(1000).empty();
      } catch (const sock::TimeoutError&) {
      }
    }
    reader.settimeout(10s);
    std::thread writer([&] {
      talker.sendall(much);
      talker.shutdown(SHUT_WR);
    });
    std::size_t got = 0;
    for (std::size_t n = 1; n != 0 && got < much.size(); got += n) n = reader.recv(1 << 20).size();
    CHECK(got >= much.size());
    writer.join();
    reader.shutdown(SHUT_WR);
    read_to_end(reader);
  });
  CHECK(std::find(served.seen.told.begin(), served.seen.told.end(), "lost") !=
        served.seen.told.end());
}

}  // namespace
