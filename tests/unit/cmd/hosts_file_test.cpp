#include "cmd/hosts_file.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sock::cmd;
using List = std::vector<std::string>;

TEST_CASE("a hosts file gives each name its lines") {
  const HostsFile hosts(
      "# comment\n"
      "192.0.2.1 a.test A  # b.test\n"
      "\n"
      "\t2001:DB8::0:1\ta.test\r\n"
      "not-an-address c.test\n"
      "127.1 c.test\n"
      "192.0.2.9\n"
      "192.0.2.2 last.test");
  CHECK(hosts.line_of("a.test", "192.0.2.1") == 2U);
  CHECK(hosts.line_of("a", "192.0.2.1") == 2U);
  CHECK(hosts.line_of("A.TEST", "2001:db8::1") == 4U);
  CHECK(hosts.line_of("last.test", "192.0.2.2") == 8U);
  CHECK_FALSE(hosts.line_of("a.test", "192.0.2.2"));
  CHECK(hosts.entries("a.test").size() == 2);
  CHECK(hosts.entries("b.test").empty());
  CHECK(hosts.entries("c.test").empty());
  CHECK(HostsFile("").entries("a").empty());
}

TEST_CASE("the sources of names are those of nsswitch.conf, or the system's default") {
  struct Row {
    const char* text;
    List sources;
    bool files_first;
    const char* others;
  };
  for (const Row& row :
       {Row{"passwd: files\nhosts:  files dns # x\n", {"files", "dns"}, true, "dns"},
        Row{"hosts:files", {"files"}, true, ""}, Row{"", {"files", "dns"}, true, "dns"},
        Row{"#hosts: dns\n", {"files", "dns"}, true, "dns"},
        Row{"hosts: mymachines files dns",
            {"mymachines", "files", "dns"},
            false,
            "mymachines or dns"},
        Row{"hosts: files [SUCCESS=continue] dns",
            {"files", "[SUCCESS=continue]", "dns"},
            false,
            "dns"},
        Row{"hosts: files mdns4 [NOTFOUND=return] dns",
            {"files", "mdns4", "[NOTFOUND=return]", "dns"},
            true,
            "mdns4 or dns"},
        Row{"hosts:\n", {}, false, ""}}) {
    CAPTURE(row.text);
    CHECK(host_sources(row.text) == row.sources);
    CHECK(files_first(row.sources) == row.files_first);
    CHECK(other_sources(row.sources) == row.others);
  }
}

TEST_CASE("names that never leave this machine") {
  for (const char* name : {"localhost", "LocalHost", "a.localhost", "Web1"})
    CHECK(is_local_name(name, "web1"));
  for (const char* name : {"localhost.test", "web1.test", "web"})
    CHECK_FALSE(is_local_name(name, "web1"));
}

}  // namespace
