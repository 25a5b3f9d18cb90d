// What the look-ups of netdb.h have in common. Not installed.
#pragma once

#include <netdb.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sock::detail {

// A text for the system, which would stop at an embedded NUL and look up something else.
inline std::string c_text(std::string_view text, const char* what) {
  if (text.find('\0') != text.npos)
    throw std::invalid_argument(std::string("embedded NUL in ") + what);
  return std::string(text);
}

// The answer of a reentrant look-up, with the buffer that its texts are in, which grows until they
// fit. call(entry, buffer, size, found): the function's errno.
template <class Entry>
class NetdbAnswer {
 public:
  template <class Call>
  explicit NetdbAnswer(Call call) : buffer_(1024) {
    while ((error_ = call(&entry_, buffer_.data(), buffer_.size(), &found_)) == ERANGE)
      buffer_.resize(2 * buffer_.size());
  }
  NetdbAnswer(const NetdbAnswer&) = delete;
  NetdbAnswer& operator=(const NetdbAnswer&) = delete;

  explicit operator bool() const noexcept { return found_ != nullptr; }
  const Entry* operator->() const noexcept { return found_; }
  int error() const noexcept { return error_; }

 private:
  std::vector<char> buffer_;
  Entry entry_{};
  Entry* found_ = nullptr;
  int error_ = 0;
};

}  // namespace sock::detail
