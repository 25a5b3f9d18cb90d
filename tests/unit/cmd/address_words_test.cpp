#include "cmd/address_words.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace sock::cmd;
using Pairs = std::vector<AddressWord>;

Pairs paired(const std::vector<std::string>& words) { return pair_ports(words); }

}  // namespace

TEST_CASE("a port behind a host that has none belongs to it") {
  CHECK(paired({"host", "22"}) == Pairs{{"host", "22"}});
  CHECK(paired({"localhost", "http-alt"}) == Pairs{{"localhost", "http-alt"}});
  CHECK(paired({"a", "1", "udp:b", "2,3-4"}) == Pairs{{"a", "1"}, {"udp:b", "2,3-4"}});
  CHECK(paired({"::1", "80", "*", "80"}) == Pairs{{"::1", "80"}, {"*", "80"}});
}

TEST_CASE("a word behind an address that has its port, or takes none, is an address") {
  CHECK(paired({"host:22", "80"}) == Pairs{{"host:22", ""}, {"80", ""}});
  CHECK(paired({"8080", "8081"}) == Pairs{{"8080", ""}, {"8081", ""}});
  CHECK(paired({"/run/x", "80"}) == Pairs{{"/run/x", ""}, {"80", ""}});
  CHECK(paired({"host", "other:1"}) == Pairs{{"host", ""}, {"other:1", ""}});
  CHECK(paired({}).empty());
}
