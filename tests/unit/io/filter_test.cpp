#include "io/filter.hpp"

#include <cerrno>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "ends.hpp"
#include "sock/error.hpp"

using ends::bytes;
using sock::io::Filter;
using sock::io::Framing;
using sock::io::Notation;
using sock::io::Shape;
using Units = std::vector<std::string>;
using Kind = Framing::Kind;

namespace {

using namespace std::string_literals;

Shape crlf() {
  Shape shape;
  shape.crlf = true;
  return shape;
}
Shape framed(Kind kind, std::size_t size = 0) {
  Shape shape;
  shape.framing = {kind, size};
  return shape;
}
Shape written(Notation notation) {
  Shape shape;
  shape.framing = {Kind::text, 0, notation};
  return shape;
}
const Filter::Place to_messages{false, true, "input"}, from_messages{true, false, "peer"};

void take(Filter& filter, Units& units) {
  while (filter.ready()) {
    const auto unit = filter.front();
    units.emplace_back(reinterpret_cast<const char*>(unit.data()), unit.size());
    filter.pop(unit.size());
  }
}

// What comes of these reads. `all_out`: nothing is taken before the end.
Units filtered(Filter& filter, const Units& reads, bool all_out = false) {
  Units units;
  for (const std::string& read : reads) {
    filter.put(bytes(read));
    if (!all_out) take(filter, units);
  }
  filter.end();
  take(filter, units);
  return units;
}

std::string joined(const Units& units) {
  std::string all;
  for (const std::string& unit : units) all += unit;
  return all;
}

// The text in two reads, cut at every place.
template <class Check>
void cut_everywhere(const std::string& text, Check check) {
  for (std::size_t at = 0; at <= text.size(); ++at) {
    CAPTURE(at);
    Units reads;
    for (const std::string& part : {text.substr(0, at), text.substr(at)})
      if (!part.empty()) reads.push_back(part);
    check(reads);
  }
}

TEST_CASE("LF becomes CRLF, and CRLF stays, wherever the reads end") {
  struct Row {
    std::string in, out;
  };
  const std::vector<Row> rows{{"a\nb\n", "a\r\nb\r\n"}, {"a\r\nb\r\n", "a\r\nb\r\n"},
                              {"\n\n", "\r\n\r\n"},     {"\r\n\n\r\n", "\r\n\r\n\r\n"},
                              {"a\rb\n", "a\rb\r\n"},   {"\r\r\n\n", "\r\r\n\r\n"},
                              {"no end", "no end"}};
  for (const Row& row : rows) {
    CAPTURE(row.in);
    cut_everywhere(row.in, [&](const Units& reads) {
      const auto filter = Filter::for_shape(crlf(), {});
      CHECK(joined(filtered(*filter, reads)) == row.out);
      CHECK(filter->bytes_out() == row.out.size());
      CHECK(filter->added() ==
            static_cast<std::int64_t>(row.out.size()) - static_cast<std::int64_t>(row.in.size()));
    });
  }
}

TEST_CASE("a stream becomes messages: lines, chunks, or with a length before each") {
  struct Row {
    Shape shape;
    std::string in;
    Units out;
  };
  const std::vector<Row> rows{
      {framed(Kind::line), "one\ntwo\n", {"one", "two"}},
      {framed(Kind::line), "one\n\nlast", {"one", "", "last"}},
      {framed(Kind::line), "", {}},
      {framed(Kind::chunk, 3), "abcdefgh", {"abc", "def", "gh"}},
      {framed(Kind::chunk, 4), "abcdefgh", {"abcd", "efgh"}},
      {framed(Kind::length), "\0\3abc\0\0\0\1x"s, {"abc", "", "x"}},
      {framed(Kind::length), "\1\2"s + std::string(258, 'y'), {std::string(258, 'y')}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.in);
    cut_everywhere(row.in, [&](const Units& reads) {
      for (const bool all_out : {false, true}) {
        const auto filter = Filter::for_shape(row.shape, to_messages);
        CHECK(filtered(*filter, reads, all_out) == row.out);
        CHECK(filter->bytes_out() == joined(row.out).size());
        CHECK(filter->added() == static_cast<std::int64_t>(joined(row.out).size()) -
                                     static_cast<std::int64_t>(row.in.size()));
      }
    });
  }
}

TEST_CASE("messages become a stream from which they can be told apart again") {
  const Units messages{"one", "", "three\n", std::string(300, 'z')};
  for (const Kind kind : {Kind::line, Kind::length}) {
    const auto join = Filter::for_shape(framed(kind), from_messages);
    const std::string stream = joined(filtered(*join, messages));
    CHECK(join->bytes_out() == stream.size());
    if (kind == Kind::line) CHECK(stream == "one\n\nthree\n\n" + messages[3] + "\n");
    if (kind != Kind::length) continue;
    const auto split = Filter::for_shape(framed(kind), to_messages);
    CHECK(filtered(*split, {stream}) == messages);
  }
}

TEST_CASE("a message may be taken in parts where it goes into a stream") {
  const auto filter = Filter::for_shape(framed(Kind::line), from_messages);
  filter->put(bytes("abc"));
  filter->pop(2);
  CHECK(filter->front().size() == 2);
  filter->pop(2);
  CHECK(!filter->ready());
}

TEST_CASE("there is nothing to be done without an option, or between ends of one kind") {
  CHECK(!Filter::for_shape({}, {}));
  CHECK(!Filter::for_shape(framed(Kind::none), to_messages));
  CHECK(!Filter::for_shape(framed(Kind::line), {}));
  CHECK(!Filter::for_shape(framed(Kind::line), {true, true, "p"}));
  CHECK(!Filter::for_shape(framed(Kind::chunk, 4), from_messages));
}

TEST_CASE("what cannot be a message is an error that names the source") {
  const auto error_of = [](auto run) {
    try {
      run();
    } catch (const sock::Error& error) {
      CHECK(error.operation() == "read");
      return error.subject() + ": " + std::to_string(error.code().value());
    }
    return std::string();
  };
  const auto line = Filter::for_shape(framed(Kind::line), to_messages);
  line->put(bytes(std::string(Filter::largest_message, 'x')));
  CHECK(error_of([&] { line->put(bytes("y")), line->check(); }) ==
        "input: " + std::to_string(EMSGSIZE));

  for (const std::string& cut : {"\0"s, "\0\5"s, "\0\5abc"s}) {
    const auto lengths = Filter::for_shape(framed(Kind::length), to_messages);
    lengths->put(bytes(cut));
    CHECK(error_of([&] { lengths->end(), lengths->check(); }) ==
          "input: " + std::to_string(EBADMSG));
  }

  const auto join = Filter::for_shape(framed(Kind::length), from_messages);
  join->put(bytes(std::string(65535, 'x')));
  CHECK(error_of([&] { join->put(bytes(std::string(65536, 'x'))); }) ==
        "peer: " + std::to_string(EMSGSIZE));
}

TEST_CASE("lines of text become messages, and messages lines of text") {
  const std::string text = "3e00\n\n01 02\r\nff";
  cut_everywhere(text, [&](const Units& reads) {
    const auto split = Filter::for_shape(written(Notation::hex), to_messages);
    CHECK(filtered(*split, reads) == Units{"\x3e\0"s, "", "\1\2", "\xff"});
    CHECK(split->added() == 5 - static_cast<std::int64_t>(text.size()));
  });
  const auto join = Filter::for_shape(written(Notation::hex), from_messages);
  CHECK(filtered(*join, {"\x3e\0"s, "", "\xff"}) == Units{"3e00\n", "\n", "ff\n"});
  CHECK(join->added() == 6);
}

TEST_CASE("blank lines between frames are left out") {
  const auto split = Filter::for_shape(written(Notation::can), to_messages);
  const Units frames = filtered(*split, {"123#00\n\n  \n", "124#00\n", "\n"});
  CHECK(frames.size() == 2);
  CHECK(split->added() == 2 * 16 - 19);
}

TEST_CASE("what comes before a line that is no message is given first, and nothing after it") {
  for (const bool at_once : {true, false}) {
    const auto split = Filter::for_shape(written(Notation::can), to_messages);
    const std::string text = "123#00\n\n124#0\n125#00\n";
    if (at_once)
      split->put(bytes(text));
    else
      for (const char c : text) split->put(bytes(std::string(1, c)));
    split->end();
    REQUIRE(split->ready());
    CHECK_NOTHROW(split->check());
    split->pop(split->front().size());
    CHECK_FALSE(split->ready());
    CHECK_THROWS_WITH_AS(split->check(),
                         "input: line 3, column 6: expected the second digit of a byte",
                         sock::io::NotationError);
  }
}

TEST_CASE("a last line without its newline is looked at, too") {
  const auto split = Filter::for_shape(written(Notation::can), to_messages);
  split->put(bytes("123#00\n12"));
  split->end();
  split->pop(split->front().size());
  CHECK_THROWS_AS(split->check(), sock::io::NotationError);
}

TEST_CASE("a message that has no text names who sent it") {
  const auto join = Filter::for_shape(written(Notation::can), from_messages);
  CHECK_THROWS_WITH_AS(
      join->put(bytes("odd")),
      "peer: a message of 3 bytes is no CAN frame; --framing none takes it as it is",
      sock::io::NotationError);
  CHECK_FALSE(join->ready());
  join->put(bytes(std::string(16, '\0')));
  CHECK(join->ready());
}

TEST_CASE("a line of text may be three times as long as its message, and no longer") {
  const auto split = Filter::for_shape(written(Notation::hex), to_messages);
  std::string line;
  for (std::size_t i = 0; i < Filter::largest_message; ++i) line += "00 ";
  split->put(bytes(line));
  CHECK_NOTHROW(split->check());
  split->end();
  CHECK(split->front().size() == Filter::largest_message);
  const auto longer = Filter::for_shape(written(Notation::hex), to_messages);
  longer->put(bytes(line + "0"));
  CHECK_THROWS_AS(longer->check(), sock::Error);
}

}  // namespace
