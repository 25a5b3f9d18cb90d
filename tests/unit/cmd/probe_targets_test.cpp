#include "cmd/probe_targets.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace sock;
using namespace sock::cmd;
using Words = std::vector<std::string>;

Words shown(const Words& words) {
  Words texts;
  for (const auto& target : parse_targets(words)) texts.push_back(to_string(target));
  return texts;
}

}  // namespace

TEST_CASE("ports are numbers, ranges and services, separated by commas") {
  CHECK(parse_ports("22") == Words{"22"});
  CHECK(parse_ports("22,http,8000-8002") == Words{"22", "http", "8000", "8001", "8002"});
  CHECK(parse_ports("http-alt,7-7") == Words{"http-alt", "7"});
  CHECK(parse_ports("0-65535").size() == 65536);
}

TEST_CASE("targets are addresses whose ports may be several") {
  const struct {
    Words words, targets;
  } rows[] = {
      {{"host:22,80"}, {"host:22", "host:80"}},
      {{"host:22"}, {"host:22"}},
      {{"host", "22"}, {"host:22"}},
      {{"host", "22,80", "host2:53"}, {"host:22", "host:80", "host2:53"}},
      {{"a", "1", "b", "2"}, {"a:1", "b:2"}},
      {{"::1", "1-2"}, {"[::1]:1", "[::1]:2"}},
      {{"[::1]:1-2", "192.0.2.1:http"}, {"[::1]:1", "[::1]:2", "192.0.2.1:http"}},
      {{"udp:host:53,123"}, {"udp:host:53", "udp:host:123"}},
      {{"udp:host", "53,123"}, {"udp:host:53", "udp:host:123"}},
      {{"8000-8001"}, {"*:8000", "*:8001"}},
      {{"22", "80"}, {"*:22", "*:80"}},
      {{":22,80"}, {"*:22", "*:80"}},
      {{"my-host:http-alt"}, {"my-host:http-alt"}},
      {{"unix:/run/a,b-1", "/run/1-2,3", "./x,y:1,2"},
       {"unix:/run/a,b-1", "unix:/run/1-2,3", "unix:./x,y:1,2"}},
      {{"vsock:2:1000-1001"}, {"vsock:2:1000", "vsock:2:1001"}},
      {{"host:1-2", "/run/x"}, {"host:1", "host:2", "unix:/run/x"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.words[0]);
    CHECK(shown(row.words) == row.targets);
  }
}

TEST_CASE("an error names the column") {
  const struct {
    Words words;
    std::size_t column;
  } rows[] = {
      {{"host:22,"}, 9},        {{"host:22,,80"}, 9},  {{"host:80-22"}, 9},
      {{"host:80-"}, 9},        {{"host:1-65536"}, 8}, {{"host:22,65536"}, 9},
      {{"host:22,x y"}, 10},    {{"host:,1"}, 6},      {{"host:22,-3"}, 9},
      {{"host", "22,80-1"}, 7}, {{"host"}, 5},         {{"host:22", "::1"}, 1},
      {{"host:1x,2"}, 6},
  };
  for (const auto& row : rows) {
    CAPTURE(row.words.back());
    try {
      (void)parse_targets(row.words);
      FAIL("taken for a target");
    } catch (const wire::EndpointError& e) {
      CHECK(e.column() == row.column);
    }
  }
}
