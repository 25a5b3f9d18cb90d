#include "cmd/console.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "sock/error.hpp"

namespace sock::cmd {
namespace {

// The length of the UTF-8 character at the start of `text` (RFC 3629), 0 where there is none.
std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto tail = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      if ((byte(i) & 0xC0U) != 0x80U) return false;
    return true;
  };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1, 2) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return !overlong && !surrogate && tail(1, 3) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool too_large = first == 0xF4 && second > 0x8F;
    return !overlong && !too_large && tail(1, 4) ? 4 : 0;
  }
  return 0;
}

bool is_control(std::string_view character) noexcept {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  // C1, U+0080 to U+009F: a terminal may take them as it takes escape sequences.
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

}  // namespace

int write_all(FdRef fd, std::string_view data) noexcept {
  while (!data.empty()) {
    const ssize_t n = ::write(fd.get(), data.data(), data.size());
    const int err = errno;
    if (n >= 0) {
      data.remove_prefix(static_cast<std::size_t>(n));
    } else if (err == EAGAIN) {  // whoever shares the open file made it non-blocking
      pollfd ready{.fd = fd.get(), .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (err != EINTR) {
      return err;
    }
  }
  return 0;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    if (length != 0 && !is_control(character)) {
      out += character;
    } else {
      for (const char c : character) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    text.remove_prefix(character.size());
  }
  return out;
}

void Console::data(std::string_view bytes) const {
  if (const int err = write_all(out_, bytes)) throw_errno(err, "write", "standard output");
}

void Console::error(std::string_view text) const noexcept {
  if (level_ != Level::silent) talk("sock: ", text);
}

void Console::answer(std::string_view text) const noexcept {
  if (level_ != Level::silent) talk("", text);
}

int Console::failed(Exit exit, std::string_view text) const {
  error(text);
  if (failures_) failures_(text, code(exit));
  return code(exit);
}

void Console::note(std::string_view text) const noexcept {
  if (level_ >= Level::normal) talk("", text);
}

void Console::detail(std::string_view text) const noexcept {
  if (level_ == Level::verbose) talk("", text);
}

void Console::as_it_is(std::string_view text) const noexcept {
  if (std::exchange(status_shown_, false)) write_all(err_, "\r\x1b[K");
  write_all(err_, text);
}

std::optional<std::size_t> Console::terminal_width() const noexcept {
  if (::isatty(err_.get()) == 0) return std::nullopt;
  winsize size{};
  const bool known = ::ioctl(err_.get(), TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
  return known ? size.ws_col : 80;
}

void Console::status(std::string_view line) const noexcept try {
  write_all(err_, "\r" + std::string(line) + "\x1b[K");
  status_shown_ = true;
} catch (...) {
}

void Console::end_status() const noexcept {
  if (std::exchange(status_shown_, false)) write_all(err_, "\n");
}

void Console::talk(std::string_view prefix, std::string_view text) const noexcept try {
  // One write, so that lines of several processes do not mix.
  std::string lines(prefix);
  for (bool first = true;; first = false) {
    const auto newline = text.find('\n');
    if (!first) lines += "  ";
    lines += printable(text.substr(0, newline));
    lines += '\n';
    if (newline == std::string_view::npos) break;
    text.remove_prefix(newline + 1);
  }
  as_it_is(lines);
} catch (...) {  // out of memory: there is nobody left to tell
}

}  // namespace sock::cmd
