#include "wire/no_proxy.hpp"

#include <string>

#include <doctest/doctest.h>

using sock::wire::is_excepted;

TEST_CASE("NO_PROXY means what it means elsewhere") {
  struct Row {
    const char* list;
    const char* host;
    std::uint16_t port;
    bool expected;
  };
  const Row rows[] = {
      {"", "a.example", 80, false},
      {"*", "a.example", 80, true},
      {"*", "::1", 80, true},
      {"example.com", "example.com", 80, true},
      {"example.com", "www.example.com", 80, true},
      {"example.com", "badexample.com", 80, false},
      {"example.com", "example.com.evil", 80, false},
      {".example.com", "example.com", 80, true},
      {".example.com", "a.b.example.com", 80, true},
      {"*.example.com", "a.example.com", 80, true},
      {"EXAMPLE.com", "www.Example.COM.", 80, true},
      {"other, example.com", "example.com", 80, true},
      {"other example.com", "example.com", 80, true},
      {"example.com:443", "example.com", 443, true},
      {"example.com:443", "example.com", 80, false},
      {"*:22", "a", 22, true},
      {"*:22", "a", 23, false},
      {"10.0.0.1", "10.0.0.1", 80, true},
      {"10.0.0.1:80", "10.0.0.1", 80, true},
      {"10.0.0.1", "10.0.0.10", 80, false},
      {"0.1", "10.0.0.1", 80, false},
      {"10.0.0.0/8", "10.255.0.1", 80, true},
      {"10.0.0.0/8", "11.0.0.1", 80, false},
      {"192.168.4.0/22", "192.168.7.255", 80, true},
      {"192.168.4.0/22", "192.168.8.0", 80, false},
      {"0.0.0.0/0", "1.2.3.4", 80, true},
      {"0.0.0.0/0", "::1", 80, false},
      {"0.0.0.0/0", "name", 80, false},
      {"10.0.0.0/33", "10.0.0.0", 80, false},
      {"10.0.0.0/", "10.0.0.0", 80, false},
      {"10.0.0.0/x", "10.0.0.0", 80, false},
      {"::1", "::1", 80, true},
      {"::1", "0:0::1", 80, true},
      {"[::1]", "::1", 80, true},
      {"[::1]:80", "::1", 80, true},
      {"[::1]:80", "::1", 81, false},
      {"2001:db8::/32", "2001:db8:1::1", 80, true},
      {"2001:db8::/32", "2001:db9::1", 80, false},
      {",,", "", 80, false},
      {".", "a", 80, false},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.list), " and ", std::string(row.host), ":", row.port);
    CHECK(is_excepted(row.list, row.host, row.port) == row.expected);
  }
}
