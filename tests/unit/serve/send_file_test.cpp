#include "serve/send_file.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include <doctest/doctest.h>

#include "unit/serve/served.hpp"

namespace {

using namespace served;
using sock::serve::SendFile;
using Told = std::vector<std::string>;

// A regular file that is gone with its descriptor.
sock::Fd file_of(const std::string& content) {
  sock::Fd fd(::memfd_create("test", MFD_CLOEXEC));
  REQUIRE(fd);
  REQUIRE(::write(fd.get(), content.data(), content.size()) ==
          static_cast<ssize_t>(content.size()));
  return fd;
}

std::string path_of(const sock::Fd& fd) { return "/proc/self/fd/" + std::to_string(fd.get()); }

int error_of(const std::string& path) {
  try {
    const SendFile mode(path);
    return 0;
  } catch (const sock::Error& e) {
    CHECK(e.subject() == path);
    return e.code().value();
  }
}

TEST_CASE("every peer gets the file from its beginning, however many read at once") {
  std::string content;
  while (content.size() < 8 * 1024 * 1024) content += std::to_string(content.size()) + ' ';
  const sock::Fd file = file_of(content);
  SendFile mode(path_of(file));
  Served served(mode, {.limits = {.in_all = 3}});
  served.while_clients([&] {
    sock::Socket a = served.client(), b = served.client(), c = served.client();
    c.shutdown(SHUT_WR);  // has nothing to say, and wants it all
    a.sendall("what is said is dropped");
    for (sock::Socket* client : {&a, &b, &c}) {
      const bool whole = read_to_end(*client) == content;
      CHECK(whole);
      client->close();
    }
  });
  const auto count = std::to_string(content.size());
  const auto& told = served.seen.told;
  CHECK(std::count(told.begin(), told.end(), "closed: ended 23 " + count) == 1);
  CHECK(std::count(told.begin(), told.end(), "closed: ended 0 " + count) == 2);
}

TEST_CASE("an empty file is an end at once") {
  const sock::Fd file = file_of("");
  SendFile mode(path_of(file));
  Served served(mode, {.limits = {.in_all = 1}});
  served.while_clients([&] {
    sock::Socket client = served.client();
    CHECK(read_to_end(client) == "");
  });
  CHECK(served.seen.told == Told{"accepted", "closed: ended 0 0"});
}

TEST_CASE("what has no places to read at cannot be sent to many") {
  CHECK(error_of("/no/such/file") == ENOENT);
  CHECK(error_of("/") == EISDIR);
  CHECK(error_of("/dev/null") == ESPIPE);
}

}  // namespace
