#include "io/ending.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

using sock::io::EndActions;
using sock::io::Ending;
using sock::io::EndRule;
using sock::io::Until;

namespace {

// Events: i the input has ended, e it was empty from the start, o `out` is over, p `in` is over,
// g the peer is gone. What follows each is written in brackets: F finish_out, E end_input,
// L start_linger, D done.
std::string play(const EndRule& rule, std::string_view events) {
  Ending ending(rule);
  std::string text;
  for (const char event : events) {
    EndActions actions;
    switch (event) {
      case 'i':
        actions = ending.input_ended(false);
        break;
      case 'e':
        actions = ending.input_ended(true);
        break;
      case 'o':
        actions = ending.out_over();
        break;
      case 'p':
        actions = ending.in_over();
        break;
      case 'g':
        actions = ending.peer_gone();
        break;
      default:
        FAIL("no such event");
    }
    text += event;
    text += '[';
    if (actions.finish_out) text += 'F';
    if (actions.end_input) text += 'E';
    if (actions.start_linger) text += 'L';
    if (actions.done) text += 'D';
    text += ']';
    if (actions.done) break;
  }
  return text;
}

struct Case {
  EndRule rule;
  std::string_view events;
  std::string_view expected;
};

void check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    CAPTURE(c.events);
    CHECK(play(c.rule, c.events) == c.expected);
  }
}

}  // namespace

TEST_CASE("until both: each direction ends by itself") {
  const EndRule rule;
  check({
      {rule, "iop", "i[FL]o[]p[D]"},
      {rule, "pio", "p[L]i[F]o[D]"},
      {rule, "ipo", "i[FL]p[]o[D]"},
      {rule, "eop", "e[FL]o[]p[D]"},
      {rule, "pg", "p[L]g[D]"},
      {rule, "ipg", "i[FL]p[]g[D]"},
  });
}

TEST_CASE("until in, out and any: one end is enough") {
  check({
      {{.until = Until::in}, "iop", "i[FL]o[]p[D]"},
      {{.until = Until::in}, "p", "p[LD]"},
      {{.until = Until::out}, "io", "i[FL]o[D]"},
      {{.until = Until::out}, "pio", "p[L]i[F]o[D]"},
      {{.until = Until::out}, "pg", "p[L]g[D]"},
      {{.until = Until::any}, "p", "p[LD]"},
      {{.until = Until::any}, "io", "i[FL]o[D]"},
  });
}

TEST_CASE("a terminal's input ends when the peer has ended") {
  check({
      {{.input_is_terminal = true}, "po", "p[EL]o[D]"},
      {{.input_is_terminal = true}, "pio", "p[EL]i[F]o[D]"},
      {{.input_is_terminal = true}, "iop", "i[FL]o[]p[D]"},
      {{.until = Until::out, .input_is_terminal = true}, "pio", "p[EL]i[F]o[D]"},
      {{.until = Until::in, .input_is_terminal = true}, "p", "p[LD]"},
  });
}

TEST_CASE("a listener with an empty input does not end its side until the peer has ended") {
  check({
      {{.empty_input_waits = true}, "epo", "e[]p[FL]o[D]"},
      {{.empty_input_waits = true}, "iop", "i[FL]o[]p[D]"},  // it had something to say
      {{.empty_input_waits = true}, "pio", "p[L]i[F]o[D]"},
      {{.empty_input_waits = true}, "peo", "p[L]e[F]o[D]"},  // the peer was first
      {{.empty_input_waits = true}, "epg", "e[]p[FL]g[D]"},
      {{.until = Until::in, .empty_input_waits = true}, "ep", "e[]p[LD]"},
      // Where the end of the input is to end it all, it does.
      {{.until = Until::out, .empty_input_waits = true}, "eo", "e[FL]o[D]"},
      {{.until = Until::any, .empty_input_waits = true}, "eo", "e[FL]o[D]"},
      {{.in = false, .empty_input_waits = true}, "eo", "e[FL]o[D]"},
  });
}

TEST_CASE("send-only ends with the input, whatever the peer does") {
  for (const Until until : {Until::both, Until::in, Until::out, Until::any}) {
    const EndRule rule{.until = until, .in = false, .input_is_terminal = true};
    check({{rule, "pio", "p[]i[FL]o[D]"}, {rule, "io", "i[FL]o[D]"}, {rule, "pg", "p[]g[LD]"}});
  }
}

TEST_CASE("send-only may have to wait for the peer's end") {
  const EndRule rule{.in = false, .peer_must_end = true};
  check({{rule, "iop", "i[FL]o[]p[D]"},
         {rule, "pio", "p[]i[FL]o[D]"},
         {rule, "ipo", "i[FL]p[]o[D]"},
         {rule, "pg", "p[]g[LD]"}});
}

TEST_CASE("recv-only ends with the peer") {
  for (const Until until : {Until::both, Until::in, Until::out, Until::any}) {
    const EndRule rule{.until = until, .out = false, .input_is_terminal = true};
    check({{rule, "p", "p[LD]"}});
  }
}

TEST_CASE("it knows whether the peer has ended properly") {
  Ending ending({.in = false});
  CHECK_FALSE(ending.in_ended());
  (void)ending.in_over();
  CHECK(ending.in_ended());
}
