#include "fuzz.hpp"
#include "wire/http_connect.hpp"
#include "wire/http_head.hpp"
#include "wire/http_login.hpp"

using namespace fuzz;
using namespace sock::wire;

namespace {

void head(std::string_view text) {
  const std::size_t size = head_size(text);
  require(size <= text.size(), "a head is in its text");
  const HttpHead parsed = parse_head(text.substr(0, size));
  for (const auto& [name, value] : parsed.fields) {
    require(name.find_first_of(":\n") == std::string_view::npos, "a name has no colon");
    require(value.find('\n') == std::string_view::npos, "a value is on one line");
  }
}

void login(std::string_view text) {
  for (const Challenge& one : parse_challenges({text})) (void)one.parameter("realm");
  if (const auto given = parse_basic(text)) {
    const auto again = parse_basic(basic_answer(*given));
    require(again && *again == *given, "what is printed parses back");
  }
  require(from_base64(base64(text)) == std::string(text), "base64 goes both ways");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Logins logins(std::vector<Credentials>{{"me", "secret"}});
  std::string_view text = text_of(data, size);
  const std::uint8_t choice = take_byte(text);
  const bool with = choice % 2 != 0;
  switch (choice / 2 % 4) {
    case 0:
      play([&] { return HttpConnectServer(with ? &logins : nullptr); }, text,
           [](HttpConnectServer& server) {
             if (server.request() && server.state() == Exchange::State::running) server.grant();
           });
      break;
    case 1:
      play(
          [&] {
            return HttpConnectClient(
                {"a.example", 80},
                with ? std::optional(Credentials{"me", "secret"}) : std::nullopt);
          },
          text, [](auto&) {});
      break;
    case 2:
      head(text);
      break;
    case 3:
      login(text);
      break;
  }
  return 0;
}
