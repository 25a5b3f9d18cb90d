#include "cmd/parser.hpp"

#include <initializer_list>

#include <doctest/doctest.h>

#include "cmd/values.hpp"

namespace {

using namespace sock::cmd;
using Words = std::vector<std::string>;

// One of each kind.
struct Line {
  bool verbose = false, four = false, both = false;
  std::string address;
  std::optional<std::string> port, timeout;
  Words options;
  std::optional<Asked> asked;

  explicit Line(const Words& arguments) {
    Options general, own;
    general.add_flag("-h,--help", Asked::help, "Help");
    general.add_flag("--version", Asked::version, "Version");
    general.add_flag("-v,--verbose", &verbose, "Talk");
    own.add_option("ADDRESS", &address, "Where").required();
    own.add_option("PORT", &port, "Port");
    own.add_flag("-4", &four, "IPv4");
    own.add_flag("--both,!--not-both", &both, "Both");
    own.add_option("-w,--timeout", &timeout, "Limit").type_name("TIME");
    own.add_option("--option", &options, "Option").type_name("NAME[=VALUE]");
    asked = parse(general, own, arguments);
  }
};

std::string refusal(const Words& arguments) try {
  Line line(arguments);
  return "";
} catch (const UsageError& error) {
  return error.what();
}

TEST_CASE("options stand before, between and after the arguments, in each of their forms") {
  for (const Words& arguments : std::initializer_list<Words>{{"-v", "a", "80", "-w", "5s"},
                                                             {"a", "-v", "80", "--timeout", "5s"},
                                                             {"a", "80", "--timeout=5s", "-v"},
                                                             {"-vw5s", "a", "80"},
                                                             {"-w5s", "a", "80", "--verbose"}}) {
    CAPTURE(arguments.back());
    const Line line(arguments);
    CHECK(!line.asked);
    CHECK(line.verbose);
    CHECK(line.address == "a");
    CHECK(line.port == "80");
    CHECK(line.timeout == "5s");
    CHECK(!line.four);
  }
}

TEST_CASE("a flag that another takes back: the last of the two counts") {
  CHECK(Line({"--both", "a"}).both);
  CHECK(!Line({"--not-both", "a"}).both);
  CHECK(!Line({"--both", "a", "--not-both"}).both);
  CHECK(Line({"--not-both", "--both", "a"}).both);
}

TEST_CASE("what has no place is told, with what may have been meant") {
  CHECK(refusal({"a", "--timout", "5s"}) ==
        "--timout: there is no such option; perhaps --timeout was meant");
  CHECK(refusal({"a", "--timout=5s"}) ==
        "--timout: there is no such option; perhaps --timeout was meant");
  CHECK(refusal({"a", "--colour"}) == "--colour: there is no such option");
  CHECK(refusal({"a", "-x"}) == "-x: there is no such option");
  CHECK(refusal({"a", "80", "-4", "more"}) == "'more': one argument too many");
  CHECK(refusal({"a", "80", "more"}) == "'more': one argument too many");
}

TEST_CASE("of an option that is given again the last counts, but a list takes all") {
  const Line line({"--timeout", "1s", "--option", "A=1", "-w", "2s", "--option", "B", "a", "b"});
  CHECK(line.timeout == "2s");
  CHECK(line.options == Words{"A=1", "B"});
  CHECK(line.address == "a");
  CHECK(line.port == "b");
}

TEST_CASE("a command line of arguments alone is taken as one with options") {
  for (const Words& arguments : std::initializer_list<Words>{{"a", "80"}, {"a", "80", "-4"}}) {
    const Line line(arguments);
    CHECK(line.address == "a");
    CHECK(line.port == "80");
    CHECK(!line.timeout);
  }
  CHECK(!Line({"a"}).port);
  Words names;
  std::string first;
  Options general, own;
  own.add_option("FIRST", &first, "One").required();
  own.add_option("NAME", &names, "All").required();
  (void)parse(general, own, {"a", "b", "", "c"});
  CHECK(first == "a");
  CHECK(names == Words{"b", "", "c"});
  CHECK_THROWS_AS((void)parse(general, own, {"a"}), UsageError);
}

TEST_CASE("one dash alone is an argument") { CHECK(Line({"-"}).address == "-"); }

TEST_CASE("a flag of a digit is no negative number") {
  const Line line({"-4", "a"});
  CHECK(line.four);
  CHECK(line.address == "a");
}

TEST_CASE("help and version are asked for without the arguments that a run needs") {
  CHECK(Line({"--help"}).asked == Asked::help);
  CHECK(Line({"-vh"}).asked == Asked::help);
  CHECK(Line({"--version"}).asked == Asked::version);
}

TEST_CASE("what no option takes, what is missing, and a value that is missing are refused") {
  CHECK(refusal({"a", "80", "more"}).find("more") != std::string::npos);
  CHECK(refusal({"a", "--timeoutx", "5s"}).find("--timeoutx") != std::string::npos);
  CHECK(refusal({"a", "-x"}).find("-x") != std::string::npos);
  CHECK(refusal({"a", "--timeout"}).find("--timeout") != std::string::npos);
  CHECK(refusal({"a", "--verbose=maybe"}) != "");
  CHECK(refusal({}).find("ADDRESS") != std::string::npos);
  CHECK(refusal({"-v"}).find("ADDRESS") != std::string::npos);
}

TEST_CASE("an option may be meant by its name, a cluster that has its letter, nothing else") {
  std::optional<std::string> target;
  const Option option("-w,--timeout", &target, "Limit");
  for (const char* yes : {"-w", "-w5s", "-vw", "--timeout", "--timeout=5s"}) {
    CAPTURE(yes);
    CHECK(option.may_be_in({"a", yes}));
  }
  for (const char* no : {"w", "-", "--", "--time", "--timeouts", "-v", "timeout", ""}) {
    CAPTURE(no);
    CHECK(!option.may_be_in({no}));
  }
  CHECK(!option.may_be_in({}));
}

}  // namespace
