// The look-ups of `sock resolve`.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cmd/hosts_file.hpp"
#include "cmd/resolve_text.hpp"
#include "sock/timeout.hpp"

namespace sock::cmd {

// Where this machine looks names up, as its files say when they are read.
struct NameSources {
  HostsFile hosts;
  std::vector<std::string> sources;  // of nsswitch.conf
  std::string own;                   // the name of this machine
  bool cached = false;               // nscd(8) answers in their place
};
NameSources read_name_sources();

// The name that an address has does not lead back to it.
class Unconfirmed : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Resolver {
 public:
  // For one look-up after the other: asks the system each time.
  explicit Resolver(const ResolvePlan& plan) : plan_(plan) {}
  // Reads the sources at once. `shortcut`: what getaddrinfo() would read from the hosts file, line
  // by line for each name, is taken from the copy; only for names that have one entry there, so
  // that the answer is the same.
  static Resolver with_sources(const ResolvePlan&, bool shortcut);

  // Throws Error and Unconfirmed.
  Answer operator()(const ResolvePlan::Name&, Timeout) const;

 private:
  std::vector<AddressInfo> addresses(const ResolvePlan::Name&, Timeout) const;
  ReverseName reverse(const ResolvePlan::Name&, Timeout) const;
  HostEntry host_entry(const std::string& host, Timeout) const;
  std::string origin(const ResolvePlan::Name&, const Address&) const;
  Found with_source(const ResolvePlan::Name&, const AddressInfo&) const;
  const HostsFile::Entry* only_entry(const ResolvePlan::Name&) const;

  ResolvePlan plan_;
  std::shared_ptr<const NameSources> known_;
  bool shortcut_ = false;
};

}  // namespace sock::cmd
