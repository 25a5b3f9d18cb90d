#include "cmd/resolve.hpp"

#include <netdb.h>

#include <doctest/doctest.h>

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

using Ask = ResolvePlan::Ask;
using Show = ResolvePlan::Show;
using Name = ResolvePlan::Name;

ResolvePlan showing(Show show, int flags = 0) {
  ResolvePlan plan;
  plan.show = show;
  plan.flags = flags;
  return plan;
}

TEST_CASE("a name has its service after a colon, and IPv6 needs brackets for one") {
  const auto parsed = [](const char* text) { return parse_question(Ask::addresses, text); };
  CHECK(parsed("example.com") == Name{"example.com", {}});
  CHECK(parsed("example.com:https") == Name{"example.com", "https"});
  CHECK(parsed("192.0.2.1:80") == Name{"192.0.2.1", "80"});
  CHECK(parsed("::1") == Name{"::1", {}});
  CHECK(parsed("fe80::1%eth0") == Name{"fe80::1%eth0", {}});
  CHECK(parsed("[::1]") == Name{"::1", {}});
  CHECK(parsed("[::1]:80") == Name{"::1", "80"});
  CHECK(parsed(":80") == Name{"", "80"});
  for (const char* text : {"", "a:", ":", "[::1", "[::1]80", "[]", "[]:80", "[::1]:"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parsed(text), UsageError);
  }
}

TEST_CASE("what is no port is no service") {
  const auto parsed = [](const char* text) { return parse_question(Ask::addresses, text); };
  CHECK(parsed("a:65535") == Name{"a", "65535"});
  for (const char* text : {"a:65536", "a:99999", "a:+5", "a:-1", "a:5 ", ":70000", "[::1]:70000"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parsed(text), UsageError);
  }
}

TEST_CASE("a transport is no part of a name") {
  const auto refused = [](const char* text, const char* why) {
    CHECK_THROWS_WITH_AS(parse_question(Ask::addresses, text), why, UsageError);
  };
  refused("udp:localhost:53",
          "'udp:localhost:53': expected a name without a transport: give --type dgram, and leave "
          "out udp:");
  refused("TLS:a",
          "'TLS:a': expected a name without a transport: give --type stream, and leave "
          "out tls:");
  refused("unix:/x", "'unix:/x': expected a name, and addresses of unix: have none");
  CHECK(parse_question(Ask::addresses, "fd::1") == Name{"fd::1"});
  CHECK(parse_question(Ask::addresses, "udp") == Name{"udp"});
}

TEST_CASE("other questions take other names") {
  CHECK(parse_question(Ask::service, "domain/udp") == Name{"domain/udp"});
  CHECK(parse_question(Ask::protocol, "tcp") == Name{"tcp"});
  CHECK(parse_question(Ask::reverse, "[::1]:80") == Name{"::1", "80"});
  CHECK(parse_question(Ask::fqdn, "a.test") == Name{"a.test"});
  CHECK_THROWS_AS(parse_question(Ask::reverse, ":80"), UsageError);
  CHECK_THROWS_AS(parse_question(Ask::hostbyname, "a:80"), UsageError);
  CHECK_THROWS_AS(parse_question(Ask::compare, "a:80"), UsageError);
  CHECK_THROWS_AS(parse_question(Ask::compare, "192.0.2.1"), UsageError);
  CHECK(parse_question(Ask::compare, "a.").host == "a.");
  CHECK_THROWS_AS(parse_question(Ask::fqdn, "a:80"), UsageError);
  CHECK_THROWS_AS(parse_question(Ask::service, ""), UsageError);
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
  CHECK(p.jobs == 2);  // no more than there are names
  flags.timeout.reset();
  CHECK(plan(flags, Timeout(9s)).timeout == Timeout(9s));
}

ResolvePlan planned(void (*change)(ResolveFlags&)) {
  ResolveFlags flags;
  flags.names = {"192.0.2.1"};
  change(flags);
  return plan(flags, {});
}

TEST_CASE("each option of resolve has its place in the plan") {
  CHECK(planned([](auto& f) { f.type = "dgram"; }).type == SOCK_DGRAM);
  CHECK(planned([](auto& f) { f.all = f.json = true; }).each_type);
  CHECK_FALSE(planned([](auto& f) { f.json = true; }).each_type);
  CHECK(planned([](auto& f) { f.python = true; }).each_type);
  CHECK(planned([](auto& f) { f.passive = true; }).flags == AI_PASSIVE);
  CHECK(planned([](auto& f) { f.canonical = true; }).flags == AI_CANONNAME);
  CHECK(planned([](auto& f) {
          f.flags = {"AI_ALL,v4mapped", "ADDRCONFIG|AI_PASSIVE"};
        }).flags == (AI_ALL | AI_V4MAPPED | AI_ADDRCONFIG | AI_PASSIVE));
  CHECK(planned([](auto& f) { f.hostbyname = f.long_form = true; }).show == Show::table);
  CHECK(planned([](auto& f) {
          f.names = {"db"};
          f.compare = true;
        }).show == Show::table);
  CHECK(planned([](auto& f) {
          f.names = {"db"};
          f.compare = f.ipv6 = f.json = true;
        }).show == Show::json);
  CHECK(planned([](auto& f) { f.reverse = f.check = true; }).check);
  CHECK(planned([](auto& f) { f.fqdn = true; }).ask == Ask::fqdn);
  CHECK(planned([](auto& f) { f.service = true; }).ask == Ask::service);
  CHECK(planned([](auto& f) { f.protocol_number = true; }).ask == Ask::protocol);
  CHECK(planned([](auto& f) { f.count = "5"; }).count == 5);
  CHECK(planned([](auto& f) { f.wait = "3s"; }).wait == 3s);
  CHECK(planned([](auto& f) { f.watch = true; }).interval == 2s);
  const ResolvePlan watching = planned([](auto& f) {
    f.watch = true;
    f.interval = "100ms";
  });
  CHECK(watching.watch);
  CHECK(watching.interval == 100ms);
}

TEST_CASE("a dash among the names stands for those of standard input") {
  const ResolvePlan p = planned([](auto& f) {
    f.names = {"a", "-", "b"};
    f.jobs = "3";
  });
  CHECK(p.input_at == 1U);
  CHECK(p.names == std::vector<Name>{{"a"}, {"b"}});
  CHECK(p.jobs == 3);
  CHECK(planned([](auto& f) { f.names = {"-"}; }).jobs == 16);
  CHECK_FALSE(planned([](auto&) {}).input_at);
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
  refused([](auto& f) { f.compare = f.reverse = true; });
  refused([](auto& f) { f.compare = f.watch = true; });
  refused([](auto& f) { f.compare = f.canonical = true; });
  refused([](auto& f) { f.long_form = f.json = true; });
  refused([](auto& f) { f.all = true; });
  refused([](auto& f) {
    f.all = f.json = true;
    f.type = "stream";
  });
  refused([](auto& f) { f.check = true; });
  refused([](auto& f) { f.json = f.python = true; });
  refused([](auto& f) { f.fqdn = f.service = true; });
  refused([](auto& f) { f.service = f.ipv4 = true; });
  refused([](auto& f) { f.fqdn = f.ipv6 = true; });
  refused([](auto& f) { f.reverse = f.passive = true; });
  refused([](auto& f) { f.reverse = f.python = true; });
  refused([](auto& f) { f.flags = {"AI_NOTHING"}; });
  refused([](auto& f) { f.type = "unknown"; });
  refused([](auto& f) { f.count = "0"; });
  refused([](auto& f) { f.interval = "1s"; });
  refused([](auto& f) { f.jobs = "257"; });
  refused([](auto& f) { f.names = {"-", "-"}; });
  refused([](auto& f) {
    f.names = {"-"};
    f.watch = true;
  });
  refused([](auto& f) {
    f.watch = true;
    f.count = "2";
  });
  refused([](auto& f) {
    f.wait = "1s";
    f.count = "2";
  });
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
  const std::vector<Found> found{{all[0]}, {all[1]}};
  CHECK(text_of(showing(Show::plain), {"x", {}}, found) == "::1\n192.0.2.1\n");
  CHECK(text_of(showing(Show::plain), {"x", "80"}, found) == "[::1]:80\n192.0.2.1:80\n");
  CHECK(all[0].type == SOCK_STREAM);
}

TEST_CASE("the table has a heading, and a dash for what there is not") {
  const std::vector<Found> found{{inet6("2001:db8::1", 443), "", "no route"},
                                 {inet("192.0.2.1", 443, SOCK_DGRAM), "192.0.2.9", ""}};
  CHECK(text_of(showing(Show::table), {"x"}, found) ==
        "FAMILY  ADDRESS      PORT  TYPE    SOURCE     NOTE\n"
        "inet6   2001:db8::1  443   stream  -          no route\n"
        "inet    192.0.2.1    443   dgram   192.0.2.9  -\n");
  CHECK(text_of(showing(Show::table), {"x"}, HostEntry{"a.test", {"b\x1b"}, {"192.0.2.1"}}) ==
        "KIND     VALUE\n"
        "name     a.test\n"
        "alias    b\\x1b\n"
        "address  192.0.2.1\n");
  CHECK(aligned({}).empty());
}

TEST_CASE("JSON is one object a line, with bytes that are no UTF-8 replaced") {
  const ResolvePlan json = showing(Show::json);
  CHECK(text_of(json, {"x", "80"}, std::vector<Found>{{inet("192.0.2.1", 80), "192.0.2.9", ""}}) ==
        R"({"name":"x","service":"80","addresses":[{"family":"inet","address":"192.0.2.1",)"
        R"("port":80,"type":"stream","source":"192.0.2.9"}]})"
        "\n");
  CHECK(text_of(json, {"192.0.2.1", {}}, ReverseName{"a", "http"}) ==
        "{\"name\":\"192.0.2.1\",\"host\":\"a\"}\n");
  CHECK(text_of(json, {"http"}, Fact{"port", 80}) == "{\"name\":\"http\",\"port\":80}\n");
  CHECK(text_of(json, {"80"}, Fact{"service", "http"}) ==
        "{\"name\":\"80\",\"service\":\"http\"}\n");
}

TEST_CASE("a failure is an object for JSON only, with its class and the cure") {
  const auto failure =
      std::make_exception_ptr(gaierror({EAI_SERVICE, gai_category()}, "getaddrinfo", "x"));
  const std::string text = text_of(showing(Show::json), {"x\xff", {}}, failure);
  CHECK(text.starts_with("{\"name\":\"x\xef\xbf\xbd\",\"error\":\"EAI_SERVICE: "));
  CHECK(text.find("\"cure\":\"no such service") != std::string::npos);
  for (const Show show : {Show::plain, Show::table, Show::python})
    CHECK(text_of(showing(show), {"x"}, failure).empty());
}

TEST_CASE("the canonical name stands in place of the addresses") {
  Found found{inet("192.0.2.1", 0)};
  found.info.canonname = "a.test";
  const Answer answer = std::vector<Found>{found};
  CHECK(text_of(showing(Show::plain, AI_CANONNAME), {"x"}, answer) == "a.test\n");
  CHECK(text_of(showing(Show::table, AI_CANONNAME), {"x"}, answer) ==
        "CANONICAL  FAMILY  ADDRESS    PORT  TYPE    SOURCE  NOTE\n"
        "a.test     inet    192.0.2.1  0     stream  -       -\n");
}

TEST_CASE("times have their least, their middle and their most") {
  const Answer answer = Fact{"fqdn", "a.test"};
  const Times odd{{3ms, 1ms, 20ms}, 1};
  CHECK(text_of(showing(Show::plain), {"a", "80"}, answer, odd) ==
        "a:80  3 look-ups  1 failed  min 1ms  median 3ms  max 20ms\n");
  const Times even{{4ms, 1ms, 2ms, 20ms}, 0};
  CHECK(line_of({"::1", "80"}, even) ==
        "[::1]:80  4 look-ups  0 failed  min 1ms  median 3ms  max 20ms\n");
  CHECK(text_of(showing(Show::json), {"a"}, answer, odd) ==
        "{\"name\":\"a\",\"fqdn\":\"a.test\",\"times\":{\"count\":3,\"failed\":1,\"min_ms\":1.0,"
        "\"median_ms\":3.0,\"max_ms\":20.0}}\n");
}

TEST_CASE("changes are the lines that came and went") {
  CHECK(changes("", "a\nb\n") == "+ a\n+ b\n");
  CHECK(changes("a\nb\n", "b\nc\n") == "- a\n+ c\n");
  CHECK(changes("a\nb\n", "b\na\n").empty());
  CHECK(changes("a\n", "") == "- a\n");
}

TEST_CASE("tuples are those that Python prints") {
  AddressInfo first{AF_INET6, SOCK_STREAM, 6, "it's", Address::inet6("fe80::1", 80, 7, 3)};
  const AddressInfo odd{AF_INET, 77, 0, "a'\"\\\n", Address::inet("192.0.2.1", 80)};
  CHECK(python_text({first, odd}) ==
        "(<AddressFamily.AF_INET6: 10>, <SocketKind.SOCK_STREAM: 1>, 6, \"it's\", "
        "('fe80::1', 80, 7, 3))\n"
        "(<AddressFamily.AF_INET: 2>, 77, 0, 'a\\'\"\\\\\\x0a', ('192.0.2.1', 80))\n");
}

}  // namespace
