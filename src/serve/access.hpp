// Who may come: rules that allow and deny networks and hosts. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "serve/host.hpp"
#include "sock/address.hpp"

namespace sock::serve {

struct Network {
  IpBytes address;
  unsigned bits = 0;  // of 128
  bool contains(const IpBytes&) const noexcept;
};

// "192.0.2.0/24", "2001:db8::/32", "192.0.2.1", "::ffff:192.0.2.0/120"; none: a name. Throws
// std::invalid_argument for a prefix that is too long, or an address with bits beyond it.
std::optional<Network> parse_network(std::string_view);

struct Rule {
  bool allow;
  std::string what;  // a network, a host's address or name, or "all"
  std::size_t line = 0;
};

// Lines "allow WHAT..." and "deny WHAT...", WHAT separated by blanks; from "#" on a line is a
// comment. Throws std::invalid_argument: "line 3: ...".
std::vector<Rule> parse_rules(std::string_view text);

// The most specific rule that a peer's address matches decides; of two equal ones the one that
// denies. Whom none matches may come, unless there is a rule that allows: then only who is allowed.
// "all" matches everybody, also a peer without an IP address.
class Access {
 public:
  using Resolve = std::function<std::vector<Address>(const std::string& name)>;

  Access() = default;  // everybody may come
  // `resolve` is asked for names; what it throws is thrown. A rule that cannot be read:
  // std::invalid_argument, with its line where it has one.
  Access(const std::vector<Rule>&, const Resolve& resolve);

  bool allows(const Address& peer) const noexcept;
  std::size_t size() const noexcept { return rules_.size(); }

 private:
  struct Entry {
    std::optional<Network> network;  // none: all
    bool allow;
  };
  std::vector<Entry> rules_;  // the most specific first, and those that deny before others
  bool only_allowed_ = false;
};

}  // namespace sock::serve
