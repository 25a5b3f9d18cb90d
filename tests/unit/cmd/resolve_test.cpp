#include "cmd/resolve.hpp"

#include <netdb.h>

#include <doctest/doctest.h>

#include "cmd/hostname.hpp"
#include "cmd/resolve_text.hpp"
#include "cmd/table.hpp"
#include "cmd/values.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using namespace std::chrono_literals;

AddressInfo inet(const char* host, std::uint16_t port, int type = SOCK_STREAM) {
  return {AF_INET, type, 0, "", Address::inet(host, port)};
}
AddressInfo inet6(const char* host, std::uint16_t port, int type = SOCK_STREAM) {
  return {AF_INET6, type, 0, "", Address::inet6(host, port)};
}

TEST_CASE("a name has its service after a colon, and IPv6 needs brackets for one") {
  using Name = ResolvePlan::Name;
  CHECK(parse_name_and_service("example.com") == Name{"example.com", {}});
  CHECK(parse_name_and_service("example.com:https") == Name{"example.com", "https"});
  CHECK(parse_name_and_service("192.0.2.1:80") == Name{"192.0.2.1", "80"});
  CHECK(parse_name_and_service("::1") == Name{"::1", {}});
  CHECK(parse_name_and_service("fe80::1%eth0") == Name{"fe80::1%eth0", {}});
  CHECK(parse_name_and_service("[::1]") == Name{"::1", {}});
  CHECK(parse_name_and_service("[::1]:80") == Name{"::1", "80"});
  for (const char* text : {"", ":80", "a:", "[::1", "[::1]80", "[]", "[::1]:"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_name_and_service(text), UsageError);
  }
}

TEST_CASE("flags of resolve become a plan") {
  ResolveFlags flags;
  flags.names = {"a", "b:80"};
  flags.ipv4 = flags.json = true;
  flags.timeout = "2s";
  const ResolvePlan p = plan(flags, Timeout(9s));
  CHECK(p.family == AF_INET);
  CHECK(p.show == ResolvePlan::Show::json);
  CHECK(p.ask == ResolvePlan::Ask::addresses);
  CHECK(p.timeout == Timeout(2s));
  REQUIRE(p.names.size() == 2);
  CHECK(p.names[1].service == "80");
  flags.timeout.reset();
  CHECK(plan(flags, Timeout(9s)).timeout == Timeout(9s));
}

TEST_CASE("questions that contradict each other are refused") {
  const auto refused = [](auto change) {
    ResolveFlags flags;
    flags.names = {"a"};
    change(flags);
    CHECK_THROWS_AS(plan(flags, {}), UsageError);
  };
  refused([](auto& f) { f.ipv4 = f.ipv6 = true; });
  refused([](auto& f) { f.hostbyname = f.reverse = true; });
  refused([](auto& f) { f.hostbyname = f.ipv6 = true; });
  refused([](auto& f) { f.long_form = f.json = true; });
  refused([](auto& f) { f.long_form = f.reverse = true; });
  refused([](auto& f) { f.timeout = "0"; });
  refused([](auto& f) {
    f.hostbyname = true;
    f.names = {"a:80"};
  });
}

TEST_CASE("each address is shown once, in its order") {
  const auto all = each_once({inet6("::1", 80), inet6("::1", 80, SOCK_DGRAM), inet("192.0.2.1", 80),
                              inet("192.0.2.1", 80, SOCK_DGRAM), inet6("::1", 80, SOCK_RAW)});
  REQUIRE(all.size() == 2);
  CHECK(plain_text({"x", {}}, all) == "::1\n192.0.2.1\n");
  CHECK(plain_text({"x", "80"}, all) == "[::1]:80\n192.0.2.1:80\n");
  CHECK(all[0].type == SOCK_STREAM);
}

TEST_CASE("the table has a heading, and a dash for what there is not") {
  CHECK(table_text({{inet6("2001:db8::1", 443), "", "no route"},
                    {inet("192.0.2.1", 443, SOCK_DGRAM), "192.0.2.9", ""}}) ==
        "FAMILY  ADDRESS      PORT  TYPE    SOURCE     NOTE\n"
        "inet6   2001:db8::1  443   stream  -          no route\n"
        "inet    192.0.2.1    443   dgram   192.0.2.9  -\n");
  CHECK(table_text(HostEntry{"a.test", {"b\x1b"}, {"192.0.2.1"}}) ==
        "KIND     VALUE\n"
        "name     a.test\n"
        "alias    b\\x1b\n"
        "address  192.0.2.1\n");
  CHECK(aligned({}).empty());
}

TEST_CASE("JSON is one object a line, with bytes that are no UTF-8 replaced") {
  CHECK(json_text({"x", "80"}, std::vector<Found>{{inet("192.0.2.1", 80), "192.0.2.9", ""}}) ==
        R"({"name":"x","service":"80","addresses":[{"family":"inet","address":"192.0.2.1",)"
        R"("port":80,"type":"stream","source":"192.0.2.9"}]})"
        "\n");
  CHECK(json_text({"x\xff", {}}, gaierror({EAI_NONAME, gai_category()}, "getaddrinfo", "x")) ==
        "{\"name\":\"x\xef\xbf\xbd\",\"error\":\"EAI_NONAME: name or service not known\"}\n");
  CHECK(json_text({"192.0.2.1", {}}, std::pair<std::string, std::string>("a", "http")) ==
        "{\"name\":\"192.0.2.1\",\"host\":\"a\"}\n");
}

TEST_CASE("addresses of this machine have the scope that they reach") {
  struct Row {
    Address address;
    const char* expected;
  };
  for (const Row& row :
       {Row{Address::inet("127.0.0.5", 0), "host"}, Row{Address::inet("169.254.1.1", 0), "link"},
        Row{Address::inet("192.0.2.1", 0), "global"}, Row{Address::inet6("::1", 0), "host"},
        Row{Address::inet6("fe80::1", 0), "link"}, Row{Address::inet6("2001:db8::1", 0), "global"}})
    CHECK(scope_of(row.address) == row.expected);
}

TEST_CASE("hostname shows one thing") {
  CHECK(plan(HostnameFlags{}).show == HostnamePlan::Show::name);
  CHECK(plan(HostnameFlags{.fqdn = true}).show == HostnamePlan::Show::fqdn);
  CHECK(plan(HostnameFlags{.short_form = true}).show == HostnamePlan::Show::short_form);
  CHECK(plan(HostnameFlags{.addresses = true, .json = true}).json);
  CHECK_THROWS_AS(plan(HostnameFlags{.fqdn = true, .addresses = true}), UsageError);
}

}  // namespace
