#include "cmd/shared_lookups.hpp"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "sock/error.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;

wire::DialPlan to(const std::string& target) {
  wire::DialPlan plan;
  plan.target = wire::parse_endpoint(target);
  return plan;
}

struct Count : io::Observer {
  int resolved_names = 0;
  void resolved(std::string_view, std::size_t, std::chrono::nanoseconds) override {
    ++resolved_names;
  }
};

}  // namespace

TEST_CASE("a name is looked up once for all ports of a transport") {
  const SharedLookups lookups;
  Count count;
  for (const char* target : {"localhost:1", "localhost:65535", "udp:localhost:1"}) {
    CAPTURE(target);
    const auto direct = wire::find_paths(to(target), count);
    count.resolved_names = 0;
    const auto shared = lookups(to(target), count);
    REQUIRE(shared.size() == direct.size());
    for (std::size_t i = 0; i < shared.size(); ++i) {
      CHECK(shared[i].target.text == direct[i].target.text);
      CHECK(shared[i].target.address == direct[i].target.address);
    }
    CHECK(count.resolved_names == (std::string(target) == "localhost:65535" ? 0 : 1));
  }
}

TEST_CASE("what has to be asked for each port, or not at all, is not shared") {
  CHECK(SharedLookups::key_of(to("localhost:22")) == SharedLookups::key_of(to("localhost:23")));
  CHECK(SharedLookups::key_of(to("localhost:22")) != SharedLookups::key_of(to("udp:localhost:22")));
  for (const char* target : {"localhost:http", "127.0.0.1:22", "unix:/x", "22"}) {
    CAPTURE(target);
    CHECK(SharedLookups::key_of(to(target)).empty());
  }
}

TEST_CASE("a name that was not found is asked for again") {
  const SharedLookups lookups;
  io::Observer nobody;
  for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(lookups(to("no..such.host:1"), nobody), gaierror);
}
