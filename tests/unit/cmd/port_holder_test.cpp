#include "cmd/port_holder.hpp"

#include <unistd.h>

#include <cerrno>

#include <doctest/doctest.h>

#include "sock/create.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;

constexpr const char* table =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "4711 1 0 100 0 0 10 0\n"
    "   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 "
    "4712 1 0 20 4 30 10 -1\n"
    "   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "4713 1 0 100 0 0 10 0\n"
    "nonsense\n";

TEST_CASE("sockets at a port are found in the kernel's table") {
  CHECK(inodes_at(table, 8080, true) == std::set<std::string>{"4711"});
  CHECK(inodes_at(table, 8080, false) == std::set<std::string>{"4711", "4712"});
  CHECK(inodes_at(table, 80, true) == std::set<std::string>{"4713"});
  CHECK(inodes_at(table, 81, true).empty());
  CHECK(inodes_at("", 80, true).empty());
}

TEST_CASE("who has a port is said of a bind that found it in use, and of nothing else") {
  const Socket holder = create_server("127.0.0.1", 0);
  const std::string address = to_string(holder.getsockname());
  const std::error_code in_use(EADDRINUSE, std::system_category());
  const std::string text = port_holder(Error(in_use, "bind", address));
  CHECK(text.starts_with("process " + std::to_string(::getpid()) + " ("));
  CHECK(text.ends_with(") has it"));
  const std::error_code denied(EACCES, std::system_category());
  CHECK(port_holder(Error(denied, "bind", address)) == "");
  CHECK(port_holder(Error(in_use, "bind", "unix:/run/x")) == "");
  CHECK(port_holder(Error(in_use, "bind", "not an address")) == "");
}

}  // namespace
