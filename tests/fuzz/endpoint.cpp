#include "wire/endpoint.hpp"

#include "fuzz.hpp"

using namespace fuzz;
using namespace sock::wire;

namespace {

template <class Parse>
void round_trip(std::string_view text, Parse parse) {
  Endpoint endpoint = FdEndpoint{0};
  try {
    endpoint = parse(text);
  } catch (const EndpointError& error) {
    require(error.column() >= 1 && error.column() <= text.size() + 1, "a column is in the text");
    return;
  }
  const std::string printed = to_string(endpoint);
  require(parse_endpoint(printed) == endpoint, "what is printed parses back");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  round_trip(text, [](std::string_view t) { return parse_endpoint(t); });
  try {
    (void)parse_source(text);
  } catch (const EndpointError&) {
  }
  const std::size_t space = text.find(' ');
  if (space != std::string_view::npos) {
    try {
      (void)parse_endpoint(text.substr(0, space), text.substr(space + 1));
    } catch (const EndpointError&) {
    }
  }
  (void)is_bare_port(text);
  return 0;
}
