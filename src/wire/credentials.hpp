// A user and a password, and who is let in with which.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

// Those of whom a server lets in.
class Logins {
 public:
  Logins() = default;
  explicit Logins(std::vector<Credentials> all) noexcept : all_(std::move(all)) {}

  // All are looked at: how long it takes does not tell whether there is such a user.
  bool let_in(const Credentials& given) const noexcept {
    bool any = false;
    for (const Credentials& one : all_) any = same_credentials(given, one) || any;
    return any;
  }
  std::size_t size() const noexcept { return all_.size(); }

 private:
  std::vector<Credentials> all_;
};

}  // namespace sock::wire
