#include "serve/permits.hpp"

#include <doctest/doctest.h>

#include "wire/interfaces.hpp"

namespace {

using namespace sock::serve;
using sock::Address;

std::shared_ptr<const Destinations> rules(std::vector<Destinations::Rule> all = {}) {
  return std::make_shared<const Destinations>(std::move(all));
}

std::vector<std::string> found(const Permits& permits, const char* target) {
  sock::wire::DialPlan plan;
  plan.target = sock::wire::parse_endpoint(target);
  sock::io::Observer nobody;
  std::vector<std::string> all;
  for (const auto& path : permits.find()(plan, nobody)) all.push_back(path.target.text);
  return all;
}

const Address here = Address::inet("127.0.0.1", 4000);
const Address elsewhere = Address::inet("192.0.2.77", 4000);

TEST_CASE("who comes from another machine does not get to this one") {
  CHECK(found(Permits(rules(), here), "127.0.0.1:80") == std::vector<std::string>{"127.0.0.1:80"});
  CHECK_THROWS_AS(found(Permits(rules(), elsewhere), "127.0.0.1:80"), NotAllowed);
  CHECK_THROWS_WITH_AS(found(Permits(rules(), elsewhere), "localhost:80"),
                       "localhost:80: not allowed", NotAllowed);
  for (const auto& own : sock::wire::interface_addresses()) {
    CAPTURE(own.interface);
    CHECK(!Permits(rules(), elsewhere).allows("", own.address));
    CHECK(Permits(rules(), here).allows("", own.address));
    CHECK(Permits(rules(), own.address).allows("", own.address));
  }
  CHECK(Permits(rules(), elsewhere).allows("", Address::inet("192.0.2.1", 80)));
  CHECK(!Permits(rules(), Address::inet6("::ffff:192.0.2.77", 1)).allows("", here));
  CHECK(Permits(rules(), Address::inet6("::ffff:127.0.0.1", 1)).allows("", here));
  CHECK(Permits(rules(), Address::unix_("/x")).allows("", here));
}

TEST_CASE("a rule that names it opens a service of this machine") {
  const auto open = rules({{true, parse_destination("127.0.0.1:8080")}});
  CHECK(found(Permits(open, elsewhere), "localhost:8080") ==
        std::vector<std::string>{"127.0.0.1:8080"});
  CHECK_THROWS_AS(found(Permits(open, elsewhere), "127.0.0.1:8081"), NotAllowed);
  CHECK_THROWS_AS(found(Permits(open, here), "127.0.0.1:8081"), NotAllowed);
}

TEST_CASE("a name that no rule could allow is not looked up") {
  const auto few = rules({{true, parse_destination("a.example")}});
  CHECK_THROWS_WITH_AS(found(Permits(few, here), "nobody-knows.invalid:80"),
                       "nobody-knows.invalid:80: not allowed", NotAllowed);
}

}  // namespace
