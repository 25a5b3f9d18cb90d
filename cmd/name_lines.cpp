#include "cmd/name_lines.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cmd/values.hpp"
#include "sock/error.hpp"

namespace sock::cmd {
namespace {

constexpr std::size_t longest = 4096;

// Appends what can be read; false at the end.
bool read_more(FdRef fd, std::string& buffer) {
  const std::size_t before = buffer.size();
  for (;;) {
    buffer.resize(before + 16 * longest);
    const ssize_t n = ::read(fd.get(), buffer.data() + before, buffer.size() - before);
    const int err = errno;
    buffer.resize(before + static_cast<std::size_t>(n > 0 ? n : 0));
    if (n >= 0) return n > 0;
    if (err == EAGAIN) {  // whoever shares the open file made it non-blocking
      pollfd ready{.fd = fd.get(), .events = POLLIN, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (err != EINTR) {
      throw_errno(err, "read", "standard input");
    }
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\f\v";
  const auto begin = text.find_first_not_of(space);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

}  // namespace

std::optional<std::string> NameLines::line() {
  for (;;) {
    const auto newline = buffer_.find('\n', begin_);
    const auto end = std::min(newline, buffer_.size());
    if (end - begin_ > longest)
      throw UsageError("standard input: expected a name a line, not one of more than 4096 bytes");
    if (newline != buffer_.npos || (ended_ && begin_ < end)) {
      std::string line = buffer_.substr(begin_, end - begin_);
      begin_ = std::min(end + 1, buffer_.size());
      return line;
    }
    if (ended_) return std::nullopt;
    buffer_.erase(0, begin_);
    begin_ = 0;
    ended_ = !read_more(fd_, buffer_);
  }
}

std::optional<std::string> NameLines::next() {
  while (const auto text = line())
    if (const auto name = trimmed(*text); !name.empty()) return std::string(name);
  return std::nullopt;
}

}  // namespace sock::cmd
