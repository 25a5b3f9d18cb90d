// The datagrams of one client of a proxy (SOCKS 5's UDP ASSOCIATE; RFC 1928, 7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_set>

#include "io/loop.hpp"
#include "io/pace.hpp"
#include "io/relay.hpp"
#include "io/shape.hpp"
#include "serve/permits.hpp"
#include "serve/proxy_names.hpp"
#include "serve/session.hpp"
#include "sock/address.hpp"
#include "sock/socket.hpp"

namespace sock::serve {

// What of one direction passes. A datagram that comes when the rate is used up is lost, as on a
// line of that speed; so is one that is larger than what is read at once.
class DatagramToll {
 public:
  DatagramToll(const io::Shape& shape, std::size_t largest) noexcept
      : pace_(shape.rate, {}), left_(shape.max_bytes), largest_(largest) {}

  bool takes(std::span<const std::byte> datagram, io::Clock::time_point now) noexcept;
  bool exhausted() const noexcept { return left_ == 0; }  // it takes nothing any more

 private:
  io::Pace pace_;
  std::uint64_t left_;
  std::size_t largest_;
};

// Takes datagrams of the client's host alone, and of the first of its ports that sends one; and
// from elsewhere only of those to whom the client has sent. What cannot be sent at once is lost, as
// datagrams are.
class ProxyDatagrams {
 public:
  struct Calls {
    std::function<void()> moved;   // a datagram passed
    std::function<void()> enough;  // the client has got all that it may; may destroy this
  };
  // `at`: where the client has reached the proxy; `client`: from where, with the port that it will
  // send from, or 0. The shapes and sizes of `relay` hold. Throws Error.
  ProxyDatagrams(const Visit&, const Address& at, const Address& client, const Permits&,
                 const io::RelayOptions& relay, Calls);

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
  DatagramToll out_, in_;  // from the client, and to it
  const Calls calls_;
  Socket near_;
  std::optional<Socket> far4_, far6_;
  std::unordered_set<Address> known_;  // to whom the client has sent, the latest of them
  std::deque<Address> order_;          // the oldest first
  ProxyNames names_;
  Counts counts_;
  io::Watch near_watch_, far4_watch_, far6_watch_;
};

}  // namespace sock::serve
