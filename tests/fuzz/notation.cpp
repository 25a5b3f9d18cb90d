// Messages as lines of text: any line is a message, none or an error, and any message has a text or
// none; what is read and written again stays the same.
#include "io/notation.hpp"

#include <array>
#include <optional>
#include <span>

#include "fuzz.hpp"

using namespace fuzz;
using namespace sock::io;

namespace {

std::optional<Message> parsed(Notation notation, std::string_view line) {
  try {
    return parse_message(notation, line);
  } catch (const NotationError& error) {
    require(*error.what() != '\0', "an error says why");
    return std::nullopt;
  }
}

std::optional<std::string> text_of(Notation notation, std::span<const std::byte> message) {
  try {
    return message_text(notation, message);
  } catch (const NotationError&) {
    return std::nullopt;
  }
}

// What others have sent may have a text that is refused: a frame of 9 bytes.
void require_stable(Notation notation, const std::string& text, bool readable) {
  require(text.find('\n') == std::string::npos, "a text is one line");
  const auto again = parsed(notation, text);
  require(again.has_value() || !readable, "what is written can be read");
  if (again) require(text_of(notation, *again) == text, "and has the same text");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text_of(data, size);
  const Notation notation =
      std::array{Notation::hex, Notation::can, Notation::bcm}[take_byte(input) % 3];
  if (const auto message = parsed(notation, input)) {
    const auto text = text_of(notation, *message);
    require(text.has_value(), "what was read can be written");
    require_stable(notation, *text, true);
  }
  if (const auto text = text_of(notation, std::as_bytes(std::span(input))))
    require_stable(notation, *text, false);
  return 0;
}
