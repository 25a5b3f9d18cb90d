#include <stdexcept>

#include "fuzz.hpp"
#include "serve/access.hpp"
#include "serve/destinations.hpp"

using namespace fuzz;
using namespace sock::serve;

namespace {

std::vector<sock::Address> nobody(const std::string&) { return {}; }

void allow_and_deny(std::string_view text) {
  try {
    const Access access(parse_rules(text), nobody);
    (void)access.allows(sock::Address::inet("192.0.2.1", 80));
    (void)access.allows(sock::Address::inet6("2001:db8::1", 80));
  } catch (const std::invalid_argument&) {
  }
}

void destination(std::string_view text) {
  try {
    const Destination what = parse_destination(text);
    require(what.ports.first <= what.ports.last, "ports are a range");
    require(!what.network || what.name.empty(), "it is a network or a name");
    const Destinations rules({{true, what}, {false, what}});
    const auto address = sock::Address::inet("192.0.2.1", what.ports.first);
    const std::string name = what.name.starts_with('.') ? "a" + what.name : what.name;
    if (!what.network)
      require(!rules.allows(name, address), "of two equal rules the one that denies decides");
  } catch (const std::invalid_argument&) {
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  allow_and_deny(text);
  destination(text);
  return 0;
}
