#include "cmd/reconnect.hpp"

#include <cerrno>

#include <doctest/doctest.h>

#include "sock/error.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using namespace std::chrono_literals;
using Why = io::RelayResult::Why;

constexpr const char* peer = "192.0.2.1:80";

io::RelayResult ended() {
  io::RelayResult result;
  result.out = {.received = 90, .delivered = 90};
  result.in = {.received = 7, .delivered = 7};
  return result;
}

io::RelayResult failed(const char* subject) {
  io::RelayResult result = ended();
  result.why = Why::failed;
  result.error = std::make_exception_ptr(
      ConnectionResetError({ECONNRESET, std::system_category()}, "recv", subject));
  result.out.received = 100;
  return result;
}

}  // namespace

TEST_CASE("a connection is lost by its peer's end or failure, by nothing else") {
  CHECK(is_lost(ended(), peer));
  CHECK(is_lost(failed(peer), peer));
  CHECK_FALSE(is_lost(failed("standard input"), peer));
  for (const Why why : {Why::linger, Why::idle_timeout, Why::deadline, Why::output_closed}) {
    io::RelayResult result = ended();
    result.why = why;
    CHECK_FALSE(is_lost(result, peer));
  }
}

TEST_CASE("a loss tells what is kept, and what may not have arrived") {
  CHECK(loss(ended(), peer, {}) ==
        "connection to 192.0.2.1:80: ended by the peer; 7 bytes received, 90 bytes sent");
  CHECK(loss(ended(), peer, 0) == loss(ended(), peer, {}));
  const std::string text = loss(failed(peer), peer, 12);
  CHECK(text.starts_with("connection to 192.0.2.1:80: reset by peer; "));
  CHECK(text.find("90 bytes sent") != std::string::npos);
  CHECK(text.find("of those sent 12 bytes not confirmed by the peer, and not sent again") !=
        std::string::npos);
  CHECK(text.ends_with("10 bytes kept for the next connection"));
}

TEST_CASE("tries end with --wait or --deadline, whichever is earlier") {
  const io::Clock::time_point start{}, now = start + 10s;
  CHECK_FALSE(try_until({}, {}, start, now));
  const auto wait = try_until(5s, {}, start, now);
  REQUIRE(wait);
  CHECK(wait->at == start + 15s);
  CHECK(wait->name == "--wait 5s");
  CHECK(try_until(5s, 20s, start, now)->name == "--wait 5s");
  const auto deadline = try_until(5s, 12s, start, now);
  CHECK(deadline->at == start + 12s);
  CHECK(deadline->name == "--deadline 12s");
  CHECK(try_until({}, 12s, start, now)->at == start + 12s);
}
