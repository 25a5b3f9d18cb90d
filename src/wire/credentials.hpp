// A user and a password.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace sock::wire {

struct Credentials {
  std::string user, password;
  bool operator==(const Credentials&) const = default;
};

// Does not stop at the first difference: how long it takes does not tell where that is.
inline bool same_secret(std::string_view a, std::string_view b) noexcept {
  unsigned different = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    different |= static_cast<unsigned char>(a[i] ^ b[i]);
  return different == 0;
}

// Both are looked at, whatever the first one says.
inline bool same_credentials(const Credentials& a, const Credentials& b) noexcept {
  const bool user = same_secret(a.user, b.user), password = same_secret(a.password, b.password);
  return user && password;
}

}  // namespace sock::wire
