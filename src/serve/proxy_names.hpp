// The names that datagrams of one client are for: looked up beside the loop, and kept for a while.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/loop.hpp"
#include "serve/permits.hpp"
#include "wire/asking.hpp"
#include "wire/exchange.hpp"

namespace sock::serve {

class ProxyNames {
 public:
  // Tells where datagrams to this name go; no address: nowhere. They come in their order.
  using Found = std::function<void(std::string datagram, const Address& to)>;

  // The loop must outlive it.
  ProxyNames(io::Loop& loop, Permits permits, Found found)
      : loop_(loop), permits_(std::move(permits)), found_(std::move(found)) {}

  // Calls back at once for a name that is known, else from the loop. false: too many names, or
  // datagrams, wait already.
  bool send(const wire::ProxyAddress&, std::string datagram);

 private:
  struct Name {
    Address address;
    io::Clock::time_point since;
    std::unique_ptr<wire::Asking<Address>> asking;  // while it is looked up
    std::vector<std::string> waiting;
  };
  using Key = std::pair<std::string, std::uint16_t>;
  void answered(const Key&, std::future<Address>);
  void forget_old();

  io::Loop& loop_;
  const Permits permits_;
  Found found_;
  std::map<Key, Name> names_;
};

}  // namespace sock::serve
