#include "cmd/resolv_conf.hpp"

#include <doctest/doctest.h>

using namespace sock::cmd;
using Names = std::vector<std::string>;

TEST_CASE("resolv.conf names servers and domains") {
  const ResolvConf conf = parse_resolv_conf(
      "# nameserver 192.0.2.9\n;x\n\nnameserver 192.0.2.1\n  nameserver\t2001:db8::1 \r\n"
      "nameserver fe80::1%lo\nnameserver 192.0.2.4\nnameserver\nnonsense here\n"
      "domain a.test b.test\nsearch c.test d.test\noptions rotate ndots:3 timeout:1",
      "host.own.test");
  CHECK(conf.servers == Names{"192.0.2.1", "2001:db8::1", "fe80::1%lo"});
  CHECK(conf.search == Names{"c.test", "d.test"});
  CHECK(conf.dots == 3);
  CHECK(parse_resolv_conf("search a\ndomain b c\n", "").search == Names{"b"});
  CHECK(parse_resolv_conf("options ndots:99", "").dots == 15);
  CHECK(parse_resolv_conf("options ndots:x", "").dots == 1);
}

TEST_CASE("without a line the server is here, and the domain that of this machine") {
  const ResolvConf conf = parse_resolv_conf("", "host.own.test");
  CHECK(conf.servers == Names{"127.0.0.1"});
  CHECK(conf.search == Names{"own.test"});
  CHECK(parse_resolv_conf("", "host").search.empty());
}

TEST_CASE("a name is asked for in the domains that are searched") {
  ResolvConf conf;
  conf.search = {"a.test", "b.test."};
  CHECK(full_names(conf, "www") == Names{"www.a.test.", "www.b.test.", "www."});
  CHECK(full_names(conf, "www.x") == Names{"www.x.", "www.x.a.test.", "www.x.b.test."});
  CHECK(full_names(conf, "www.") == Names{"www."});
  conf.dots = 2;
  CHECK(full_names(conf, "www.x").back() == "www.x.");
  conf.search = {"."};
  CHECK(full_names(conf, "www") == Names{"www.", "www."});
}
