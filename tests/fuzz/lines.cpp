// Text that is shown or read line by line: a chat's lines, talk made printable, framings.
#include <algorithm>
#include <span>

#include "cmd/console.hpp"
#include "fuzz.hpp"
#include "io/filter.hpp"
#include "serve/hub.hpp"
#include "sock/error.hpp"

using namespace fuzz;

namespace {

bool is_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n') || c == 0x7f;
}

std::string filtered(std::string_view text, sock::io::Framing framing, std::size_t piece) {
  sock::io::Shape shape;
  shape.framing = framing;
  const auto filter = sock::io::Filter::for_shape(
      shape, {.from_messages = false, .to_messages = true, .source = "input"});
  std::string all;
  const auto drain = [&] {
    for (; filter->ready(); filter->pop(filter->front().size()))
      all += std::to_string(filter->front().size()) + ' ';
  };
  try {
    while (!text.empty()) {
      const std::string_view part = text.substr(0, piece);
      text.remove_prefix(part.size());
      filter->put(std::as_bytes(std::span(part)));
      drain();
    }
    filter->end();
    drain();
  } catch (const sock::Error&) {
    drain();
    all += "error";
  }
  return all;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = text_of(data, size);
  using Kind = sock::io::Framing::Kind;
  const std::uint8_t choice = take_byte(text);
  const sock::io::Framing framings[] = {{Kind::line}, {Kind::length}, {Kind::chunk, 7}};
  const auto& framing = framings[choice % 3];
  require(filtered(text, framing, text.size() + 1) == filtered(text, framing, 1),
          "pieces come to the same messages as the whole");
  const std::string line = sock::serve::chat_line("peer", text);
  require(std::none_of(line.begin(), line.end(), is_control), "a chat has no control characters");
  require(line.ends_with('\n'), "a line ends");
  const std::string talk = sock::cmd::printable(text);
  require(std::none_of(talk.begin(), talk.end(), is_control), "nor has talk");
  require(talk.find('\n') == std::string::npos, "talk is one line");
  return 0;
}
