#include "wire/unix_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "sock/socket.hpp"
#include "support/temp.hpp"

using namespace sock;
using namespace sock::wire;

namespace {

Socket bound(const std::string& path, int type) {
  Socket s(AF_UNIX, type);
  s.bind(Address::unix_(path));
  return s;
}

bool exists(const std::string& path) {
  return std::filesystem::exists(std::filesystem::symlink_status(path));
}

}  // namespace

TEST_CASE("a socket file that no process has open is removed, of every type") {
  const support::TempDir dir;
  const std::string path = dir / "s";
  for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
    CAPTURE(type);
    (void)bound(path, type);
    REQUIRE(exists(path));
    remove_dead_socket(path);
    CHECK_FALSE(exists(path));
  }
}

TEST_CASE("a live socket file is left, and its listener is not disturbed") {
  const support::TempDir dir;
  for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
    CAPTURE(type);
    const std::string path = dir / std::to_string(type);
    Socket live = bound(path, type);
    remove_dead_socket(path);
    CHECK(exists(path));  // bound, and not listening yet
    if (type == SOCK_DGRAM) continue;
    live.listen();
    live.setblocking(false);
    remove_dead_socket(path);
    CHECK(exists(path));
    CHECK_FALSE(live.try_accept().has_value());
  }
}

TEST_CASE("what is no socket is left alone") {
  const support::TempDir dir;
  const std::string file = dir / "file";
  support::write_file(file, "precious");
  remove_dead_socket(file);
  CHECK(support::read_file(file) == "precious");

  const std::string dead = dir / "dead", link = dir / "link";
  (void)bound(dead, SOCK_STREAM);
  std::filesystem::create_symlink(dead, link);
  remove_dead_socket(link);
  CHECK(exists(link));
  CHECK(exists(dead));

  CHECK_NOTHROW(remove_dead_socket(dir / "absent"));
}

TEST_CASE("the owner of a socket file removes it, once") {
  const support::TempDir dir;
  const std::string path = dir / "s";
  const Socket s = bound(path, SOCK_STREAM);
  {
    UnixFile first(Address::unix_(path));
    UnixFile second(std::move(first));
    first = UnixFile();
    CHECK(exists(path));
    UnixFile third;
    third = std::move(second);
    CHECK(exists(path));
  }
  CHECK_FALSE(exists(path));
}

TEST_CASE("a file that has taken the place of ours stays") {
  const support::TempDir dir;
  const std::string path = dir / "s", spare = dir / "spare";
  const Socket ours = bound(path, SOCK_STREAM);
  UnixFile file{Address::unix_(path)};
  const Socket theirs = bound(spare, SOCK_STREAM);
  std::filesystem::rename(spare, path);
  file.remove();
  CHECK(exists(path));
}

TEST_CASE("abstract names and other families have no file") {
  const support::TempDir dir;
  const std::string here = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  support::write_file("name", "");
  {
    const UnixFile abstract{Address::unix_(std::string_view("\0name", 5))};
    const UnixFile unnamed{Address::unix_("")};
    const UnixFile inet{Address::inet("127.0.0.1", 1)};
  }
  CHECK(exists("name"));
  std::filesystem::current_path(here);
}
