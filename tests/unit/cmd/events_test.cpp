#include "cmd/events.hpp"

#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "io/child.hpp"
#include "sock/create.hpp"
#include "sock/error.hpp"
#include "support/event_schema.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using namespace std::chrono_literals;
using nlohmann::json;

struct Log {
  std::vector<std::string> lines;
  Events events{[this](std::string_view line) { lines.emplace_back(line); }};
  json last() const { return json::parse(lines.back()); }
};

TEST_CASE("every event is as the manual has it, and the manual has no other") {
  const support::EventSchema schema(SOCK_SOURCE_DIR "/man/sock-events.5");
  Log log;
  auto [a, b] = socketpair();
  const Socket listener = create_server("127.0.0.1", 0);
  try {
    throw_errno(ECONNREFUSED, "connect", "192.0.2.1:80");
  } catch (const Error& error) {
    log.events.attempt_failed("192.0.2.1:80", error, 1ms);
    log.events.attempt_overtaken("[2001:db8::1]:80", 2ms);
    log.events.paused(error);
    log.events.retrying("example.com:80", std::make_exception_ptr(error), 100ms);
  }
  log.events.resolving("example.com");
  log.events.resolved("example.com", 2, 3ms);
  log.events.attempt("192.0.2.1:80");
  log.events.proxying("socks5://192.0.2.1:1080", "example.com:80");
  log.events.proxied("socks5://192.0.2.1:1080", "example.com:80", 4ms);
  log.events.connected(a, "unix:/x", 1ms);
  log.events.probed({.target = "db:5432", .state = "open|filtered", .error = "no answer"});
  log.events.listening(listener, "127.0.0.1:1");
  log.events.introduced("192.0.2.1:80", "127.0.0.1:1");
  log.events.accepted(b, "unix:/y", 7);
  log.events.denied("192.0.2.1:80", "127.0.0.1:1", "not allowed");
  log.events.requested({.peer = "unix:/y",
                        .protocol = "socks5",
                        .command = "connect",
                        .target = "example.com:80",
                        .user = "me"});
  log.events.broken("unix:/x", std::runtime_error("reset"));
  log.events.lost("unix:/x", "5 bytes");
  log.events.secured({.peer = "unix:/x", .version = "TLSv1.3", .cipher = "a"});
  log.events.first_byte("unix:/x", 1ms);
  log.events.half_closed("unix:/x", io::Direction::out);
  log.events.half_closed("unix:/x", io::Direction::in);
  log.events.progress("unix:/x", {1, 2, 3ms});
  log.events.closed({.peer = "unix:/x", .traffic = {1, 2, 3ms}, .reason = "ended"});
  log.events.started({.number = 2, .command = "cat", .pid = 42});
  log.events.exited({.number = 2, .command = "cat", .pid = 42}, {.code = 3}, 4ms);
  log.events.state({.now = 1, .served = 2, .denied = 3, .traffic = {4, 5, 6ms}});
  log.events.failed("read standard input: no", 1);

  std::set<std::string> seen;
  for (const std::string& line : log.lines) {
    CHECK(schema.complaint(line) == "");
    CHECK(line.back() == '\n');
    CHECK(line.find('\n') == line.size() - 1);
    seen.insert(json::parse(line)["event"].get<std::string>());
  }
  CHECK(seen == schema.names());
}

TEST_CASE("the schema refuses what is not in the manual") {
  const support::EventSchema schema(SOCK_SOURCE_DIR "/man/sock-events.5");
  const json good{{"event", "half_closed"},
                  {"time", "2026-01-31T15:04:05.123456Z"},
                  {"elapsed", 0.5},
                  {"peer", "p"},
                  {"direction", "in"}};
  CHECK(schema.complaint(good.dump()) == "");
  const auto changed = [&](const char* key, json value) {
    json bad = good;
    bad[key] = std::move(value);
    return schema.complaint(bad.dump());
  };
  CHECK(changed("event", "half_open") != "");
  CHECK(changed("direction", "sideways") != "");
  CHECK(changed("elapsed", "0.5") != "");
  CHECK(changed("elapsed", -1) != "");
  CHECK(changed("time", "yesterday") != "");
  CHECK(changed("extra", 1) != "");
  json lacking = good;
  lacking.erase("peer");
  CHECK(schema.complaint(lacking.dump()) != "");
  CHECK(schema.complaint("{") != "");
}

TEST_CASE("the last event of a connection has both of its ends") {
  Log log;
  const Socket server = create_server("127.0.0.1", 0);
  const std::string peer = "127.0.0.1:" + std::to_string(server.getsockname().port());
  const Socket client = create_connection("127.0.0.1", server.getsockname().port());
  log.events.connected(client, peer, 1ms);
  CHECK(log.last()["protocol"] == "TCP");
  const json local = log.last()["local"];
  CHECK(local == "127.0.0.1:" + std::to_string(client.getsockname().port()));
  log.events.closed({.peer = peer, .traffic = {20, 1000, 1500ms}, .reason = "enough"});
  CHECK(log.last()["protocol"] == "TCP");
  CHECK(log.last()["local"] == local);
  CHECK(log.last()["peer"] == peer);
  CHECK(log.last()["sent"] == 20);
  CHECK(log.last()["received"] == 1000);
  CHECK(log.last()["duration"] == 1.5);
  CHECK(log.last()["reason"] == "enough");
}

TEST_CASE("what was agreed on with TLS, and whose certificate it is") {
  Log log;
  const std::vector<std::string> names{"a.example", "192.0.2.1\n"};
  const auto days = [](int count) { return std::chrono::hours(24 * count); };
  io::Secured with{.peer = "192.0.2.1:443", .version = "TLSv1.3", .cipher = "c", .took = 1500ms};
  log.events.secured(with);
  CHECK(log.last()["took"] == 1.5);
  CHECK(log.last()["resumed"] == false);
  CHECK(log.last()["kernel"] == "");
  CHECK(log.last()["names"] == json::array());
  CHECK(log.last()["not_after"] == "");
  CHECK(log.last()["days_left"] == 0);

  with.alpn = "h2";
  with.resumed = true;
  with.kernel_sends = true;
  with.names = names;
  with.subject = "CN=a";
  with.fingerprint = "sha256:00ff";
  with.not_after = std::chrono::system_clock::now() + days(2) + 1h;
  log.events.secured(with);
  CHECK(log.last()["alpn"] == "h2");
  CHECK(log.last()["resumed"] == true);
  CHECK(log.last()["kernel"] == "out");
  CHECK(log.last()["names"] == json({"a.example", "192.0.2.1\\x0a"}));
  CHECK(log.last()["subject"] == "CN=a");
  CHECK(log.last()["fingerprint"] == "sha256:00ff");
  CHECK(log.last()["days_left"] == 2);

  with.not_after = std::chrono::system_clock::from_time_t(951827696) + 250ms;
  log.events.secured(with);
  CHECK(log.last()["not_after"] == "2000-02-29T12:34:56.250000Z");
  CHECK(log.last()["days_left"] == 0);
}

TEST_CASE("two peers of one name are told apart by the number of their conversation") {
  Log log;
  const Socket tcp = create_server("127.0.0.1", 0);
  auto [a, b] = socketpair();
  log.events.accepted(tcp, "the same", 3);
  log.events.accepted(a, "the same", 4);
  log.events.closed(
      {.number = 3, .peer = "the same", .local = "x", .traffic = {}, .reason = "ended"});
  CHECK(log.last()["number"] == 3);
  CHECK(log.last()["protocol"] == "TCP");
  CHECK(log.last()["local"] == "127.0.0.1:" + std::to_string(tcp.getsockname().port()));
  log.events.closed(
      {.number = 4, .peer = "the same", .local = "x", .traffic = {}, .reason = "ended"});
  CHECK(log.last()["protocol"] == "UNIX");
  // Whoever was turned away after all, and never told of.
  log.events.closed(
      {.number = 5, .peer = "the same", .local = "x", .traffic = {}, .reason = "failed"});
  CHECK(log.last()["protocol"] == "");
  CHECK(log.last()["local"] == "x");
}

TEST_CASE("the end of a command is a code, and a signal where one ended it") {
  Log log;
  const io::Program cat{.number = 1, .command = "cat", .pid = 42};
  log.events.exited(cat, {.code = 3}, 1500ms);
  CHECK(log.last()["exit_code"] == 3);
  CHECK(log.last()["signal"] == 0);
  CHECK(log.last()["duration"] == 1.5);
  log.events.exited(cat, {.signal = 9}, 1ms);
  CHECK(log.last()["exit_code"] == 137);
  CHECK(log.last()["signal"] == 9);
}

TEST_CASE("no text from elsewhere breaks the JSON, and none is lost") {
  Log log;
  log.events.resolving("\xff\"\\\n\x1b[31m\xc3\xa9");
  CHECK(log.last()["name"] == "\\xff\"\\\\x0a\\x1b[31m\xc3\xa9");
}

}  // namespace
