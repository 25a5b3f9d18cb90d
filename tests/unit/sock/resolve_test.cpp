#include "sock/resolve.hpp"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "sock/error.hpp"

using namespace sock;
using namespace std::string_literals;

namespace {

// The code of the Error of class E that a call fails with.
template <class E = Error, class Call>
std::error_code code_of(Call call) {
  try {
    call();
  } catch (const E& e) {
    return e.code();
  }
  return {};
}

std::error_code gai(int code) { return {code, gai_category()}; }

// Until its end this process can open nothing.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const rlimit none{0, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

bool have_services() {
  if (::access("/etc/services", R_OK) == 0) return true;
  MESSAGE("skipped: this system has no /etc/services");
  return false;
}

}  // namespace

TEST_CASE("a numeric host and port are what they say") {
  const auto found = sock::getaddrinfo("127.0.0.1", "80", AF_UNSPEC, SOCK_STREAM);
  REQUIRE(found.size() == 1);
  CHECK(found[0].family == AF_INET);
  CHECK(found[0].type == SOCK_STREAM);
  CHECK(found[0].protocol == IPPROTO_TCP);
  CHECK(found[0].canonname.empty());
  CHECK(found[0].address == Address::inet("127.0.0.1", 80));
  const auto six = sock::getaddrinfo("::1", "80", AF_UNSPEC, SOCK_DGRAM);
  REQUIRE(six.size() == 1);
  CHECK(six[0].address == Address::inet6("::1", 80));
  CHECK(six[0].protocol == IPPROTO_UDP);
}

TEST_CASE("without a type every type is listed") {
  std::set<int> types;
  for (const AddressInfo& info : sock::getaddrinfo("127.0.0.1", "80")) types.insert(info.type);
  CHECK(types == std::set<int>{SOCK_STREAM, SOCK_DGRAM, SOCK_RAW});
}

TEST_CASE("type and protocol are passed on") {
  const auto found = sock::getaddrinfo("127.0.0.1", "80", AF_INET, 0, IPPROTO_UDP);
  REQUIRE(found.size() == 1);
  CHECK(found[0].type == SOCK_DGRAM);
}

TEST_CASE("without a host it is loopback, or with AI_PASSIVE the wildcard") {
  const auto loopback = sock::getaddrinfo(std::nullopt, "80", AF_INET, SOCK_STREAM);
  REQUIRE(loopback.size() == 1);
  CHECK(loopback[0].address == Address::inet("127.0.0.1", 80));
  const auto any = sock::getaddrinfo(std::nullopt, "80", AF_INET6, SOCK_STREAM, 0, AI_PASSIVE);
  REQUIRE(any.size() == 1);
  CHECK(any[0].address == Address::inet6("::", 80));
}

TEST_CASE("without a service the port is 0") {
  CHECK(sock::getaddrinfo("127.0.0.1", std::nullopt).front().address.port() == 0);
}

TEST_CASE("the canonical name comes with the first answer") {
  const auto found = sock::getaddrinfo("127.0.0.1", "80", AF_INET, 0, 0, AI_CANONNAME);
  REQUIRE(found.size() == 3);
  CHECK(found[0].canonname == "127.0.0.1");
  CHECK(found[1].canonname.empty());
}

TEST_CASE("localhost is a loopback address") {
  for (const AddressInfo& info : sock::getaddrinfo("localhost", "80", AF_UNSPEC, SOCK_STREAM)) {
    const std::string host = info.address.host();
    CHECK((host.starts_with("127.") || host == "::1"));
  }
}

TEST_CASE("a failed look-up is a gaierror with its code and subject") {
  CHECK(code_of<gaierror>([] {
          sock::getaddrinfo("nosuch", "80", AF_INET, 0, 0, AI_NUMERICHOST);
        }) == gai(EAI_NONAME));
  CHECK(code_of<gaierror>([] { sock::getaddrinfo(std::nullopt, std::nullopt); }) ==
        gai(EAI_NONAME));
  CHECK(code_of<gaierror>([] { sock::getaddrinfo("127.0.0.1", "no-such-service"); }) ==
        gai(EAI_SERVICE));
  CHECK(code_of<gaierror>([] { sock::getaddrinfo("127.0.0.1", "80", 4711); }) == gai(EAI_FAMILY));
  CHECK(code_of<gaierror>([] { sock::getaddrinfo("127.0.0.1", "80", AF_INET, 4711); }) ==
        gai(EAI_SOCKTYPE));
  CHECK(code_of<gaierror>([] {
          sock::getaddrinfo("127.0.0.1", "80", AF_INET, 0, 0, 0x40000000);
        }) == gai(EAI_BADFLAGS));
  try {
    sock::getaddrinfo("nosuch", "80", AF_INET, 0, 0, AI_NUMERICHOST);
  } catch (const gaierror& e) {
    CHECK(e.what() == "getaddrinfo nosuch:80: "s + ::gai_strerror(EAI_NONAME));
  }
  try {
    sock::getaddrinfo("::1", "80", AF_INET);
  } catch (const gaierror& e) {
    CHECK(e.subject() == "[::1]:80");
  }
}

TEST_CASE("a NUL inside of a name does not end it") {
  CHECK_THROWS_AS(sock::getaddrinfo("127.0.0.1\0x"s, "80"), std::invalid_argument);
  CHECK_THROWS_AS(sock::getaddrinfo("127.0.0.1", "80\0"s), std::invalid_argument);
  CHECK_THROWS_AS(Address::resolve(AF_INET, "localhost\0"s, 80), std::invalid_argument);
  CHECK_THROWS_AS(sock::getservbyname("http\0"s), std::invalid_argument);
  CHECK_THROWS_AS(sock::getservbyname("http", "tcp\0"s), std::invalid_argument);
  CHECK_THROWS_AS(sock::getservbyport(80, "tcp\0"s), std::invalid_argument);
  CHECK_THROWS_AS(sock::getprotobyname("tcp\0"s), std::invalid_argument);
  CHECK_THROWS_AS(sock::if_nametoindex("lo\0"s), std::invalid_argument);
}

TEST_CASE("a service may be a number") {
  CHECK(sock::getaddrinfo("127.0.0.1", 80, AF_INET, SOCK_STREAM).front().address ==
        Address::inet("127.0.0.1", 80));
}

TEST_CASE("a port that is none is refused, not cut to one that is") {
  CHECK_THROWS_AS((void)sock::getnameinfo("127.0.0.1", 70000, 0, 0, NI_NUMERICHOST),
                  std::out_of_range);
}

TEST_CASE("a host beyond ASCII is encoded first, which takes a locale that knows its bytes") {
  CHECK(code_of<gaierror>([] {
          sock::getaddrinfo("b\xc3\xbc", std::nullopt, AF_INET, 0, 0, AI_NUMERICHOST);
        }) == gai(EAI_IDN_ENCODE));
}

TEST_CASE("where the system itself failed, the error is that of its errno") {
  const NoDescriptors none;
  CHECK(code_of([] { sock::getaddrinfo("localhost", std::nullopt, AF_INET); }) ==
        std::errc::too_many_files_open);
  CHECK(code_of([] { sock::if_nameindex(); }) == std::errc::too_many_files_open);
}

TEST_CASE("bind and connect take the wildcard, broadcast and numeric hosts as they are") {
  CHECK(Address::resolve(AF_INET, "", 80) == Address::inet("0.0.0.0", 80));
  CHECK(Address::resolve(AF_INET6, "", 80, 1, 2) == Address::inet6("::", 80, 1, 2));
  CHECK(Address::resolve(AF_INET, "<broadcast>", 80) == Address::inet("255.255.255.255", 80));
  CHECK(Address::resolve(AF_INET, "255.255.255.255", 80) == Address::inet("255.255.255.255", 80));
  CHECK(Address::resolve(AF_INET, "192.0.2.1", 80) == Address::inet("192.0.2.1", 80));
  CHECK(Address::resolve(AF_INET6, "::1", 80, 5, 6) == Address::inet6("::1", 80, 5, 6));
  CHECK(Address::resolve(AF_RDS, "127.0.0.1", 80) == Address::inet("127.0.0.1", 80));
  CHECK(Address::resolve(AF_INET, "localhost", 80).host().starts_with("127."));
  CHECK(Address::resolve(AF_INET6, "fe80::1%lo", 80).scope_id() == sock::if_nametoindex("lo"));
  CHECK(Address::resolve(AF_INET6, "fe80::1%lo", 80, 0, 4711).scope_id() == 4711);
}

TEST_CASE("a host of another family is refused") {
  CHECK(code_of([] { Address::resolve(AF_INET6, "<broadcast>", 1); }) == Errc::family_mismatch);
  CHECK(code_of([] { Address::resolve(AF_INET6, "255.255.255.255", 1); }) == Errc::family_mismatch);
  CHECK(code_of<gaierror>([] { Address::resolve(AF_INET6, "127.0.0.1", 1); }) ==
        gai(EAI_ADDRFAMILY));
  CHECK(code_of<gaierror>([] { Address::resolve(AF_INET, "::1", 1); }) == gai(EAI_ADDRFAMILY));
  CHECK(code_of([] { Address::resolve(AF_UNIX, "localhost", 1); }) == Errc::bad_family);
  CHECK_THROWS_AS(Address::resolve(AF_INET6, "::1", 1, 0x100000), std::out_of_range);
}

TEST_CASE("a numeric name is the address and its zone") {
  const int numeric = NI_NUMERICHOST | NI_NUMERICSERV;
  using Pair = std::pair<std::string, std::string>;
  CHECK(sock::getnameinfo(Address::inet("127.0.0.1", 80), numeric) == Pair("127.0.0.1", "80"));
  CHECK(sock::getnameinfo(Address::inet6("fe80::1%lo", 80), numeric) == Pair("fe80::1%lo", "80"));
  CHECK(sock::getnameinfo("127.0.0.1", 80, 0, 0, numeric) == Pair("127.0.0.1", "80"));
  CHECK(sock::getnameinfo("fe80::1", 80, 0, sock::if_nametoindex("lo"), numeric) ==
        Pair("fe80::1%lo", "80"));
  CHECK(sock::getnameinfo("fe80::1%lo", 80, 7, 0, numeric) == Pair("fe80::1%lo", "80"));
}

TEST_CASE("getnameinfo refuses names, other families and half an address") {
  CHECK(code_of<gaierror>([] { sock::getnameinfo("localhost", 80, 0, 0, 0); }) == gai(EAI_NONAME));
  CHECK(code_of<gaierror>([] { sock::getnameinfo(Address::unix_("/x")); }) == gai(EAI_FAMILY));
  CHECK(code_of<gaierror>([] { sock::getnameinfo(Address()); }) == gai(EAI_FAMILY));
  CHECK(code_of<gaierror>([] { sock::getnameinfo("127.0.0.1", 80, 0, 0, 0x40000000); }) ==
        gai(EAI_BADFLAGS));
  CHECK(code_of([] { sock::getnameinfo("127.0.0.1", 80, 1, 0, 0); }) == Errc::family_mismatch);
  CHECK(code_of([] { sock::getnameinfo("127.0.0.1", 80, 0, 1, 0); }) == Errc::family_mismatch);
  CHECK_THROWS_AS(sock::getnameinfo("::1", 80, 0x100000, 0, 0), std::out_of_range);
}

TEST_CASE("services are found by name and by port, with and without protocol") {
  if (!have_services()) return;
  CHECK(sock::getservbyname("http") == 80);
  CHECK(sock::getservbyname("domain", "udp") == 53);
  CHECK(sock::getservbyport(80) == "http");
  CHECK(sock::getservbyport(53, "udp") == "domain");
  CHECK(sock::getaddrinfo("127.0.0.1", "http", AF_INET, SOCK_STREAM).front().address.port() == 80);
  CHECK(sock::getnameinfo(Address::inet("127.0.0.1", 53), NI_NUMERICHOST | NI_DGRAM).second ==
        "domain");
}

TEST_CASE("what is in no database has an error without errno") {
  CHECK(code_of([] { sock::getservbyname("no-such-service"); }) == Errc::service_not_found);
  CHECK(code_of([] { sock::getservbyname("http", "no-such-protocol"); }) ==
        Errc::service_not_found);
  CHECK(code_of([] { sock::getservbyport(1, "no-such-protocol"); }) == Errc::port_not_found);
  CHECK(code_of([] { sock::getprotobyname("no-such-protocol"); }) == Errc::protocol_not_found);
  try {
    sock::getservbyname("no-such-service", "tcp");
  } catch (const Error& e) {
    CHECK(e.what() == "getservbyname no-such-service/tcp: service/proto not found"s);
  }
}

TEST_CASE("protocols are found by name") {
  if (::access("/etc/protocols", R_OK) != 0) {
    MESSAGE("skipped: this system has no /etc/protocols");
    return;
  }
  CHECK(sock::getprotobyname("tcp") == IPPROTO_TCP);
  CHECK(sock::getprotobyname("UDP") == IPPROTO_UDP);
}

TEST_CASE("inet_aton takes every classic form of an address") {
  CHECK(sock::inet_aton("127.0.0.1") == "\x7f\0\0\x01"s);
  CHECK(sock::inet_aton("1.2.3") == "\x01\x02\0\x03"s);
  CHECK(sock::inet_aton("127.1") == "\x7f\0\0\x01"s);
  CHECK(sock::inet_aton("0x7f000001") == "\x7f\0\0\x01"s);
  CHECK(sock::inet_aton("0177.0.0.1") == "\x7f\0\0\x01"s);
  for (const std::string& text : {""s, "1.2.3.4.5"s, "256.1.1.1"s, "name"s, "1.2.3.4 x"s,
                                  "1.2.3.4\nx"s, "1.2.3.4\0"s, "::1"s})
    CHECK(code_of([&] { sock::inet_aton(text); }) == Errc::illegal_address_text);
}

TEST_CASE("packed addresses and text turn into each other") {
  CHECK(sock::inet_ntoa("\xc0\0\x02\x01"s) == "192.0.2.1");
  CHECK_THROWS_AS(sock::inet_ntoa("abc"), std::invalid_argument);
  CHECK(sock::inet_pton(AF_INET, "192.0.2.1") == "\xc0\0\x02\x01"s);
  CHECK(sock::inet_pton(AF_INET6, "::1") == std::string(15, '\0') + '\1');
  CHECK(sock::inet_ntop(AF_INET, "\xff\xff\xff\xff") == "255.255.255.255");
  CHECK(sock::inet_ntop(AF_INET6, sock::inet_pton(AF_INET6, "2001:db8::1")) == "2001:db8::1");
  CHECK_THROWS_AS(sock::inet_ntop(AF_INET6, "abcd"), std::invalid_argument);
  CHECK_THROWS_AS(sock::inet_ntop(AF_INET, ""), std::invalid_argument);
  CHECK_THROWS_AS(sock::inet_ntop(AF_UNIX, ""), std::invalid_argument);
  CHECK(code_of([] { sock::inet_pton(AF_INET, "127.1"); }) == Errc::illegal_address_text);
  CHECK(code_of([] { sock::inet_pton(AF_INET6, "::1%lo"); }) == Errc::illegal_address_text);
  CHECK(code_of([] { sock::inet_pton(AF_INET, "127.0.0.1\0"s); }) == Errc::illegal_address_text);
  CHECK(code_of([] { sock::inet_pton(AF_UNIX, "/x"); }) == std::errc::address_family_not_supported);
}

TEST_CASE("every interface has an index and a name") {
  const auto interfaces = sock::if_nameindex();
  const auto lo = std::ranges::find(interfaces, "lo", &Interface::name);
  REQUIRE(lo != interfaces.end());
  CHECK(sock::if_nametoindex("lo") == lo->index);
  CHECK(sock::if_indextoname(lo->index) == "lo");
}

TEST_CASE("an interface that does not exist has no index and no name") {
  CHECK(code_of([] { sock::if_nametoindex("nosuchif"); }) == Errc::interface_not_found);
  CHECK(code_of([] { sock::if_nametoindex(std::string(100, 'x')); }) == Errc::interface_not_found);
  CHECK(code_of([] { sock::if_indextoname(0x7fffffff); }) == std::errc::no_such_device_or_address);
}
