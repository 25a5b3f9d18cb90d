#include "wire/proxy_header.hpp"

#include "fuzz.hpp"

using namespace fuzz;
using namespace sock::wire;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  play([] { return ProxyHeaderReader(); }, text, [](auto&) {});
  ProxyHeaderReader reader;
  reader.feed(text);
  if (reader.state() != Exchange::State::done || !reader.ends()) return 0;
  ProxyHeaderReader again;
  again.feed(proxy_header_v2(reader.ends()));
  require(again.state() == Exchange::State::done && again.ends() == reader.ends(),
          "what is printed parses back");
  return 0;
}
