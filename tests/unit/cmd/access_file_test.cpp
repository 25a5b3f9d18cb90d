#include "cmd/access_file.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "cmd/values.hpp"
#include "support/temp.hpp"
#include "unit/io/ends.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;

TEST_CASE("rules of the options and of the file hold together, names looked up") {
  const support::TempDir directory;
  const auto file = directory / "rules";
  support::write_file(file, "deny 10.0.0.0/8\nallow localhost\n");
  const serve::Access access = read_access({{true, "10.1.0.0/16"}}, file.string(), {});
  CHECK(access.allows(Address::inet("10.1.2.3", 1)));
  CHECK(!access.allows(Address::inet("10.2.2.3", 1)));
  CHECK(access.allows(Address::inet("127.0.0.1", 1)));
  CHECK(!access.allows(Address::inet("192.0.2.1", 1)));
  CHECK(read_access({}, "", {}).size() == 0);
}

TEST_CASE("what is wrong with a file is said with its name and line") {
  const support::TempDir directory;
  const auto file = directory / "rules";
  support::write_file(file, "# rules\nallow 1.2.3.4/50\n");
  CHECK_THROWS_WITH_AS(
      read_access({}, file.string(), {}),
      (file.string() + ": line 2: '1.2.3.4/50': expected 0 to 32 bits after '/'").c_str(),
      UsageError);
  CHECK_THROWS_AS(read_access({}, (directory / "none").string(), {}), Error);
}

TEST_CASE("a file that is written, and one that takes its place, are seen; others are not") {
  const support::TempDir directory;
  const auto file = directory / "rules";
  support::write_file(file, "");
  io::Loop loop;
  int changes = 0;
  const FileWatch watch(loop, file.string(), [&] {
    ++changes;
    loop.stop();
  });
  support::write_file(directory / "other", "x");
  support::write_file(file, "deny all\n");
  ends::run(loop);
  CHECK(changes == 1);
  support::write_file(directory / "new", "x");
  std::filesystem::rename(directory / "new", file);
  ends::run(loop);
  CHECK(changes == 2);
}

}  // namespace
