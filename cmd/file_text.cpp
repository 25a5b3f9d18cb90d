#include "cmd/file_text.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "sock/error.hpp"

namespace sock::cmd {

std::string text_of_file(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  const int err = errno;
  if (!stream || stream.bad()) throw_errno(err, "read", path);
  return text.str();
}

}  // namespace sock::cmd
