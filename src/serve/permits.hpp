// What one client of a proxy can reach.
#pragma once

#include <memory>
#include <string_view>

#include "serve/destinations.hpp"
#include "sock/address.hpp"
#include "wire/dialing.hpp"

namespace sock::serve {

// Copies may be used in other threads.
class Permits {
 public:
  // Who comes from another machine gets to no address of this one, nor to any that only this one
  // can reach, unless a rule names it: there are services that trust whoever is here.
  Permits(std::shared_ptr<const Destinations> rules, const Address& client)
      : rules_(std::move(rules)), client_(client) {}

  // Whether anybody may be asked for it. Otherwise throws NotAllowed.
  void check(std::string_view name, std::uint16_t port) const;
  // `name`: see Destinations. Throws Error when the system does not say which addresses are its
  // own.
  bool allows(std::string_view name, const Address&) const;
  // Finds the paths to an InetEndpoint, less those that are not to be taken. Throws NotAllowed when
  // none is left.
  wire::FindPaths find() const;

 private:
  std::shared_ptr<const Destinations> rules_;
  Address client_;
};

}  // namespace sock::serve
