#include "cmd/compare_text.hpp"

#include <sys/socket.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace sock::cmd;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

namespace {

Told told(std::string source, Names addresses) {
  Told one;
  one.source = std::move(source);
  one.family = AF_INET;
  one.name = "a.test";
  one.addresses = std::move(addresses);
  one.took = 2ms;
  return one;
}

bool has(const std::string& text, const char* part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a difference is what a server lacks and adds") {
  const Told system = told("", {"192.0.2.1", "192.0.2.2"});
  CHECK(difference(system, told("x", {"192.0.2.1", "192.0.2.2"}))->none());
  const auto found = difference(system, told("x", {"192.0.2.2", "192.0.2.3"}));
  CHECK(found->lacks == Names{"192.0.2.1"});
  CHECK(found->adds == Names{"192.0.2.3"});
  Told silent = told("x", {});
  silent.answered = false;
  CHECK_FALSE(difference(system, silent));
}

TEST_CASE("the table marks what differs, and says why there is no answer") {
  Comparison all{"a.test",
                 {told("", {"192.0.2.1"}), told("192.0.2.53", {"192.0.2.1"}),
                  told("192.0.2.54", {"192.0.2.7"}), told("192.0.2.55", {})}};
  all.told[0].note = "/etc/hosts:3";
  all.told[1].ttl = 300;
  all.told[2].tcp = true;
  all.told[3].answered = false;
  all.told[3].status = "timed out";
  const std::string text = table_text(all);
  CHECK(has(text, "SOURCE       NAME    TYPE  ADDRESSES  TTL  TIME  NOTE\n"));
  CHECK(has(text, "getaddrinfo  a.test  A     192.0.2.1  -    2ms   /etc/hosts:3\n"));
  CHECK(has(text, "192.0.2.53   a.test  A     192.0.2.1  300  2ms   same\n"));
  CHECK(has(text, "192.0.2.7  -    2ms   DIFFERS: lacks 192.0.2.1; adds 192.0.2.7; by TCP\n"));
  CHECK(has(text, "192.0.2.55   a.test  A     timed out  -    2ms   -\n"));
}

TEST_CASE("the object has each answer, and whether all are the same, if that is known") {
  Comparison all{"a.test", {told("", {"192.0.2.1"}), told("192.0.2.53", {"192.0.2.1"})}};
  const auto json = [&] { return nlohmann::json::parse(json_text(all)); };
  CHECK(json()["same"] == true);
  CHECK(json()["answers"][1]["lacks"].empty());
  all.told.push_back(told("192.0.2.54", {}));
  all.told.back().status = "timed out";
  all.told.back().answered = false;
  CHECK(json()["same"].is_null());
  CHECK(json()["answers"][2]["status"] == "timed out");
  all.told.push_back(told("192.0.2.55", {"192.0.2.9"}));
  CHECK(json()["same"] == false);
  CHECK(json()["answers"][3]["adds"] == Names{"192.0.2.9"});
}
