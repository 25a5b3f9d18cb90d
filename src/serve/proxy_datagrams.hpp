// The datagrams of one client of a proxy (SOCKS 5's UDP ASSOCIATE; RFC 1928, 7).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_set>

#include "io/loop.hpp"
#include "serve/permits.hpp"
#include "serve/proxy_names.hpp"
#include "serve/session.hpp"
#include "sock/address.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

// Takes datagrams of the client's host alone, and of the first of its ports that sends one; and
// from elsewhere only of those to whom the client has sent. What cannot be sent at once is lost, as
// datagrams are.
class ProxyDatagrams {
 public:
  // `at`: where the client has reached the proxy; `client`: from where, with the port that it will
  // send from, or 0. `moved` is called whenever a datagram passed. Throws Error.
  ProxyDatagrams(const Visit&, const Address& at, const Address& client, const Permits&,
                 std::function<void()> moved);

  Address bound() const { return near_.getsockname(); }
  // Of the client, without the headers.
  const Counts& counts() const noexcept { return counts_; }

 private:
  bool on_client();
  void from_client(std::span<const std::byte>);
  void pass_on(std::string_view data, const Address& to);
  bool on_answer(Socket&);
  Socket& socket_for(int family);

  const Visit& visit_;
  Address client_;
  const Permits permits_;
  std::function<void()> moved_;
  Socket near_;
  std::optional<Socket> far4_, far6_;
  std::unordered_set<Address> known_;  // to whom the client has sent, the latest of them
  std::deque<Address> order_;          // the oldest first
  ProxyNames names_;
  Counts counts_;
  io::Watch near_watch_, far4_watch_, far6_watch_;
};

}  // namespace sock::serve
