#include "cmd/login_file.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cmd/file_text.hpp"
#include "cmd/values.hpp"
#include "io/lines.hpp"

namespace sock::cmd {
namespace {

constexpr std::size_t longest = 255;  // bytes, of a user and of a password: RFC 1929

wire::Credentials parse_login(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) throw UsageError("expected user:password");
  const std::string_view user = line.substr(0, colon), password = line.substr(colon + 1);
  if (user.empty() || password.empty() || std::max(user.size(), password.size()) > longest)
    throw UsageError("a user and a password have 1 to 255 bytes each");
  return {std::string(user), std::string(password)};
}

bool others_can_read(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

}  // namespace

wire::Logins parse_logins(std::string_view text) {
  std::vector<wire::Credentials> all;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = io::take_line(text);
    if (line.empty() || line.starts_with('#')) continue;
    all.push_back(value_of(fmt::format("line {}:", number), line, parse_login));
  }
  if (all.empty()) throw UsageError("nobody is in it: expected lines user:password");
  return wire::Logins(std::move(all));
}

wire::Logins read_logins(const std::string& path, const Console& console) {
  if (others_can_read(path))
    console.error(fmt::format("{}: others can read the passwords in it: chmod 600 {}", path, path));
  return value_of(path + ':', text_of_file(path), parse_logins);
}

}  // namespace sock::cmd
