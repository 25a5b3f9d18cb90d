#include "cmd/kept_input.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

namespace {

using namespace sock;
using namespace sock::cmd;
using io::Attempt;

// A kept input whose other end the test writes to.
struct Kept {
  Fd in, writer;
  Fd out{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  std::unique_ptr<KeptInput> input;

  explicit Kept(std::size_t most) {
    std::array<int, 2> fds{};
    REQUIRE(::pipe2(fds.data(), O_CLOEXEC) == 0);
    in = Fd(fds[0]);
    writer = Fd(fds[1]);
    input = std::make_unique<KeptInput>(io::stdio_channel(in, out), most);
  }
  void put(const std::string& text) const {
    REQUIRE(::write(writer.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  std::string take(std::size_t most) const {
    std::string text(most, '\0');
    const Attempt attempt = input->try_read(std::as_writable_bytes(std::span(text)));
    CHECK(attempt.kind == Attempt::Kind::moved);
    text.resize(attempt.bytes);
    return text;
  }
  Attempt::Kind kind() const {
    std::byte one{};
    return input->try_read({&one, 1}).kind;
  }
};

}  // namespace

TEST_CASE("what is put back is read again, before what follows") {
  const Kept kept(16);
  kept.put("abcdef");
  CHECK(kept.take(16) == "abcdef");
  CHECK_FALSE(kept.input->pending());
  kept.input->put_back(4);
  CHECK(kept.input->pending());
  kept.put("gh");
  CHECK(kept.take(3) == "cde");
  kept.input->put_back(1);  // of what was read again
  CHECK(kept.take(16) == "ef");
  CHECK(kept.take(16) == "gh");
  CHECK(kept.kind() == Attempt::Kind::blocked);
}

TEST_CASE("as much is kept as was promised, however much has passed") {
  const Kept kept(4);
  std::string all;
  for (char c = 'a'; c <= 'z'; ++c) {
    kept.put({c, c, c});
    all += kept.take(3);
  }
  CHECK(all.size() == 78);
  kept.input->put_back(4);
  CHECK(kept.take(16) == "yzzz");
  CHECK_THROWS_AS(kept.input->put_back(100), std::logic_error);
}

TEST_CASE("the end comes after what was put back, and is remembered") {
  Kept kept(16);
  kept.put("ab");
  kept.writer.reset();
  CHECK(kept.take(16) == "ab");
  CHECK_FALSE(kept.input->ended());
  CHECK(kept.kind() == Attempt::Kind::end);
  CHECK(kept.input->ended());
  kept.input->put_back(1);
  CHECK_FALSE(kept.input->ended());
  CHECK(kept.take(16) == "b");
  CHECK(kept.kind() == Attempt::Kind::end);
  CHECK(kept.input->ended());
}

TEST_CASE("it reads ahead as much as it keeps, and notices the end where there is nothing left") {
  Kept kept(8);
  kept.put("abcd");
  CHECK(kept.take(16) == "abcd");
  kept.input->put_back(2);
  kept.put("efghijklmnop");
  CHECK(kept.input->read_ahead());
  CHECK_FALSE(kept.input->reads_ahead());
  CHECK_FALSE(kept.input->read_ahead());
  CHECK(kept.take(16) == "cdefghij");
  kept.writer.reset();
  CHECK(kept.input->read_ahead());
  CHECK(kept.input->read_ahead());
  CHECK_FALSE(kept.input->reads_ahead());
  CHECK_FALSE(kept.input->ended());
  CHECK(kept.take(16) == "klmnop");
  CHECK(kept.input->ended());
}

TEST_CASE("no byte of the input bypasses it, and its output is not finished") {
  const Kept kept(16);
  CHECK_FALSE(kept.input->plain_fd(false));
  CHECK(kept.input->try_finish());
  CHECK(::fcntl(kept.out.get(), F_GETFL) >= 0);
  CHECK(kept.input->write_fd() == kept.out);
}
