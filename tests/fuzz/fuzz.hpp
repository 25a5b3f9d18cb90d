// What the targets share: each is a function that takes any bytes, and gives up (abort) where a
// promise of the parser is broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/exchange.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

inline void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", promise);
  std::abort();
}

// The first byte of the input chooses; the rest is for the parser.
inline std::uint8_t take_byte(std::string_view& input) noexcept {
  if (input.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  return byte;
}

// What a machine comes to does not depend on how its input is cut.
template <class Make, class Act>
void play(const Make& make, std::string_view input, const Act& act) {
  using sock::wire::Exchange;
  auto whole = make();
  whole.feed(input);
  act(whole);
  auto pieces = make();
  for (const char c : input) {
    if (pieces.state() != Exchange::State::running) break;
    pieces.feed({&c, 1});
    act(pieces);
  }
  require(whole.state() == pieces.state(), "pieces come to the same state as the whole");
  require(whole.take_output() == pieces.take_output(), "and say the same");
  require(whole.error() == pieces.error(), "and fail for the same reason");
}

}  // namespace fuzz
