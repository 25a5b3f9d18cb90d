// gethostbyname and its kin, and the name of this host.
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>

#include <doctest/doctest.h>

#include "sock/error.hpp"
#include "sock/resolve.hpp"

using namespace sock;
using namespace std::string_literals;

namespace {

constexpr int not_possible = 77;

// Runs a check in a process of its own with no network, its own host name and mounts, so that no
// question reaches a name server and this machine keeps its name. False, with the reason, where
// that cannot be had.
template <class Check>
bool apart(Check check) {
  std::fflush(nullptr);  // or the child might print it once more
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(60);
    constexpr int spaces = CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWNS;
    if (::unshare(spaces) != 0 && ::unshare(spaces | CLONE_NEWUSER) != 0) ::_exit(not_possible);
    ::setenv("RES_OPTIONS", "attempts:1 timeout:1", 1);
    bool passed = false;
    try {
      passed = check();
    } catch (...) {
    }
    ::_exit(passed ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) REQUIRE(errno == EINTR);
  if (WIFEXITED(status) && WEXITSTATUS(status) == not_possible) {
    MESSAGE("skipped: no namespaces of its own for a process here");
    return false;
  }
  CHECK(status == 0);
  return true;
}

// Inside of apart(): lets /etc/hosts have just this content.
void replace_hosts(const std::string& content) {
  char path[] = "/tmp/sock-hosts-XXXXXX";
  const int fd = ::mkstemp(path);
  const bool written = fd >= 0 && ::write(fd, content.data(), content.size()) ==
                                      static_cast<ssize_t>(content.size());
  const bool mounted = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                       ::mount(path, "/etc/hosts", nullptr, MS_BIND, nullptr) == 0;
  ::unlink(path);
  if (!written || !mounted) ::_exit(not_possible);
}

template <class E, class Call>
bool throws(Call call) {
  try {
    call();
  } catch (const E&) {
    return true;
  }
  return false;
}

bool has(const std::vector<std::string>& list, const std::string& item) {
  return std::ranges::find(list, item) != list.end();
}

}  // namespace

TEST_CASE("gethostbyname gives the first IPv4 address in dotted form") {
  CHECK(sock::gethostbyname("192.0.2.1") == "192.0.2.1");
  CHECK(sock::gethostbyname("localhost") == "127.0.0.1");
  CHECK(sock::gethostbyname("") == "0.0.0.0");
  CHECK(sock::gethostbyname("<broadcast>") == "255.255.255.255");
}

TEST_CASE("gethostbyname does not know IPv6") {
  CHECK_THROWS_AS(sock::gethostbyname("::1"), gaierror);
  CHECK_THROWS_AS(sock::gethostbyname_ex("::1"), gaierror);
}

TEST_CASE("gethostbyname_ex gives name, aliases and addresses") {
  const HostEntry numeric = sock::gethostbyname_ex("192.0.2.1");
  CHECK(numeric.name == "192.0.2.1");
  CHECK(numeric.aliases.empty());
  CHECK(numeric.addresses == std::vector{"192.0.2.1"s});
  const HostEntry local = sock::gethostbyname_ex("localhost");
  CHECK_FALSE(local.name.empty());
  CHECK(has(local.addresses, "127.0.0.1"));
}

TEST_CASE("gethostbyaddr finds the name of an address") {
  const HostEntry entry = sock::gethostbyaddr("127.0.0.1");
  CHECK((entry.name == "localhost" || has(entry.aliases, "localhost")));
  CHECK(entry.addresses == std::vector{"127.0.0.1"s});
  CHECK(sock::gethostbyaddr("localhost").addresses.size() == 1);
}

TEST_CASE("a NUL inside of a host's name does not end it") {
  CHECK_THROWS_AS(sock::gethostbyname("localhost\0x"s), std::invalid_argument);
  CHECK_THROWS_AS(sock::gethostbyname_ex("localhost\0x"s), std::invalid_argument);
  CHECK_THROWS_AS(sock::gethostbyaddr("127.0.0.1\0x"s), std::invalid_argument);
}

TEST_CASE("a name that cannot be resolved is a gaierror") {
  apart([] {
    return throws<gaierror>([] { sock::gethostbyname("no-such-host.invalid"); }) &&
           throws<gaierror>([] { sock::gethostbyname_ex("no-such-host.invalid"); }) &&
           throws<gaierror>([] { sock::gethostbyaddr("no-such-host.invalid"); });
  });
}

TEST_CASE("an address without an entry is an herror in its category") {
  apart([] {
    for (const char* address : {"192.0.2.1", "2001:db8::1"}) {
      try {
        sock::gethostbyaddr(address);
        return false;
      } catch (const sock::herror& e) {
        if (e.code().category() != host_category() || e.code().value() <= 0 ||
            e.subject() != address || e.operation() != "gethostbyaddr")
          return false;
      }
    }
    return true;
  });
}

TEST_CASE("getfqdn gives back what it cannot improve on") {
  apart([] { return sock::getfqdn(" 192.0.2.1\n") == "192.0.2.1"; });
  apart([] { return sock::getfqdn("no-such-host.invalid") == "no-such-host.invalid"; });
}

TEST_CASE("getfqdn gives the first of name and aliases that has a dot, else the name") {
  apart([] {
    replace_hosts(
        "192.0.2.1 plain other.example third.example\n"
        "192.0.2.2 first.example second.example\n"
        "192.0.2.3 bare alias\n");
    const HostEntry entry = sock::gethostbyaddr("192.0.2.1");
    return entry.name == "plain" &&
           entry.aliases == std::vector{"other.example"s, "third.example"s} &&
           sock::getfqdn("192.0.2.1") == "other.example" &&
           sock::getfqdn("192.0.2.2") == "first.example" && sock::getfqdn("bare") == "bare" &&
           sock::getfqdn("plain") == "other.example";
  });
}

TEST_CASE("an entry too long for the first buffer comes whole") {
  apart([] {
    std::string line = "192.0.2.1 first";
    for (int i = 0; i < 500; ++i) line += " alias" + std::to_string(i) + ".example";
    replace_hosts(line + '\n');
    const HostEntry entry = sock::gethostbyname_ex("alias499.example");
    return entry.name == "first" && entry.aliases.size() == 500 &&
           entry.addresses == std::vector{"192.0.2.1"s};
  });
}

TEST_CASE("getfqdn of nothing or of a wildcard is that of this host") {
  apart([] {
    ::sethostname("no-such-host", 12);
    for (const char* name : {"", "  ", "0.0.0.0", "::"})
      if (sock::getfqdn(name) != "no-such-host") return false;
    return sock::getfqdn() == "no-such-host";
  });
}

TEST_CASE("the host's name is what the system says") {
  char name[256] = {};
  REQUIRE(::gethostname(name, sizeof name - 1) == 0);
  CHECK(sock::gethostname() == name);
}

TEST_CASE("the host's name can be set, up to the system's longest") {
  apart([] {
    sock::sethostname("other.example");
    if (sock::gethostname() != "other.example") return false;
    const std::string longest(64, 'x');
    sock::sethostname(longest);
    if (sock::gethostname() != longest) return false;
    try {
      sock::sethostname(longest + 'x');
    } catch (const Error& e) {
      return e.code() == std::errc::invalid_argument && e.subject() == longest + 'x' &&
             sock::gethostname() == longest;
    }
    return false;
  });
}
