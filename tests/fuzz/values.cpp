#include "cmd/values.hpp"

#include "cmd/login_file.hpp"
#include "fuzz.hpp"

using namespace fuzz;
using namespace sock::cmd;

namespace {

template <class Parse>
void parse(Parse parse) {
  try {
    parse();
  } catch (const UsageError&) {
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = text_of(data, size);
  switch (take_byte(text) % 6) {
    case 0:
      parse([&] {
        const auto time = parse_duration(text);
        require(time.count() >= 0, "a time is not below 0");
        (void)parse_duration(show_duration(time));
      });
      break;
    case 1:
      parse([&] { (void)parse_size(text); });
      break;
    case 2:
      parse([&] { require(parse_rate(text) > 0, "a rate is above 0"); });
      break;
    case 3:
      parse([&] {
        const auto number = parse_number(text, -5, 1000);
        require(number >= -5 && number <= 1000, "a number is in its range");
      });
      break;
    case 4:
      parse([&] { require(parse_socket_option(text).text == text, "an option keeps its text"); });
      break;
    case 5:
      parse([&] { require(parse_logins(text).size() > 0, "somebody is in a file of users"); });
      break;
  }
  return 0;
}
