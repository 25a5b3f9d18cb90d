#include "cmd/file_text.hpp"

#include <doctest/doctest.h>

#include "sock/error.hpp"
#include "support/temp.hpp"

namespace {

using sock::cmd::text_of_file;
using sock::cmd::text_of_system_file;

std::string failure_of(std::string (*read)(const std::string&), const std::string& path) {
  try {
    read(path);
  } catch (const sock::Error& error) {
    return error.what();
  }
  return "none";
}

TEST_CASE("a file is read whole, whatever is in it and however long it is") {
  const support::TempDir dir;
  const std::string path = dir / "file";
  for (const std::size_t size : {0, 1, 16 * 1024, 100'000}) {
    const std::string bytes = support::random_bytes(size);
    support::write_file(path, bytes);
    CHECK((text_of_file(path) == bytes));
    CHECK((text_of_system_file(path) == bytes));
  }
}

TEST_CASE("what cannot be read is said with its cause, and is no empty file") {
  const support::TempDir dir;
  const std::string directory = dir.path();
  CHECK(failure_of(text_of_file, directory) == "open " + directory + ": Is a directory");
  CHECK(failure_of(text_of_system_file, directory) == "open " + directory + ": Is a directory");
}

TEST_CASE("a file that is not there is an error, except to who reads what the system has") {
  const support::TempDir dir;
  const std::string path = dir / "none";
  CHECK(failure_of(text_of_file, path) == "open " + path + ": No such file or directory");
  CHECK(text_of_system_file(path) == "");
}

}  // namespace
