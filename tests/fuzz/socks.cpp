#include "wire/socks.hpp"

#include <stdexcept>

#include "fuzz.hpp"

using namespace fuzz;
using namespace sock::wire;

namespace {

void datagram(std::string_view text) {
  const auto parsed = parse_socks_datagram(text);
  if (!parsed) return;
  require(parsed->data <= text.size(), "the data are in the datagram");
  if (parsed->address.host.empty()) return;
  const std::string header = socks_datagram_header(parsed->address);
  const auto again = parse_socks_datagram(header);
  require(again && again->data == header.size() && again->address == parsed->address,
          "what is printed parses back");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Logins logins({{"me", "secret"}, {"you", "other"}});
  std::string_view text = text_of(data, size);
  const std::uint8_t choice = take_byte(text);
  const Logins* who = choice % 2 == 0 ? nullptr : &logins;
  const auto nothing = [](auto&) {};
  switch (choice / 2 % 4) {
    case 0:
      play([&] { return SocksServer(who); }, text,
           [](SocksServer& server) {
             // BIND is granted twice: that it is bound, and that somebody has come.
             while (server.request() && server.state() == Exchange::State::running)
               server.grant({"192.0.2.1", 1});
           });
      break;
    case 1:
      play(
          [&] {
            return SocksClient(SocksVersion::v5, SocksCommand::bind, {"a.example", 80},
                               who ? std::optional(Credentials{"me", "secret"}) : std::nullopt);
          },
          text, nothing);
      break;
    case 2:
      play(
          [] {
            return SocksClient(SocksVersion::v4a, SocksCommand::connect, {"a.example", 80});
          },
          text, nothing);
      break;
    case 3:
      datagram(text);
      break;
  }
  return 0;
}
