// SOCKS 4, 4a and 5 (RFC 1928, 1929), both sides. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/exchange.hpp"

namespace sock::wire {

enum class SocksVersion : std::uint8_t { v4, v4a, v5 };
enum class SocksCommand : std::uint8_t { connect = 1, bind = 2, udp_associate = 3 };

// RFC 1928, 6. SOCKS 4 knows but one way to refuse.
enum class SocksReply : std::uint8_t {
  succeeded,
  failure,
  not_allowed,
  network_unreachable,
  host_unreachable,
  refused,
  ttl_expired,
  command_not_supported,
  address_not_supported,
};

class SocksClient final : public Exchange {
 public:
  // The request, or the greeting before it, is to be sent at once. SOCKS 4 has no password, only a
  // user. Throws std::invalid_argument for what cannot be said: a name or an IPv6 address in
  // SOCKS 4, UDP before SOCKS 5, a host, user or password of no or more than 255 bytes, or with a
  // NUL in SOCKS 4.
  SocksClient(SocksVersion, SocksCommand, ProxyAddress target, std::optional<Credentials> = {});

  // The proxy's end of it: where it listens (bind), where it takes datagrams (udp_associate). After
  // bind there is a second reply, whoever came, and only then it is done.
  const std::optional<ProxyAddress>& bound() const noexcept { return bound_; }
  const std::optional<ProxyAddress>& peer() const noexcept { return peer_; }

 private:
  enum class Step : std::uint8_t { method, password, reply };
  std::size_t take(std::string_view input) override;
  std::size_t take_method(std::string_view);
  std::size_t take_password(std::string_view);
  std::size_t take_reply4(std::string_view);
  std::size_t take_reply5(std::string_view);
  void replied(ProxyAddress);

  SocksVersion version_;
  SocksCommand command_;
  ProxyAddress target_;
  std::optional<Credentials> credentials_;
  Step step_;
  std::optional<ProxyAddress> bound_, peer_;
};

struct SocksRequest {
  SocksVersion version;
  SocksCommand command;
  ProxyAddress target;
  std::string user;  // SOCKS 4: as claimed; 5: with the password that was right, else ""
};

class SocksServer final : public Exchange {
 public:
  // With logins, which must outlive it, nobody else is let in, nor anybody with SOCKS 4, which has
  // no password.
  explicit SocksServer(const Logins* = nullptr);

  // Once it has come; then grant() or refuse() is due.
  const std::optional<SocksRequest>& request() const noexcept { return request_; }
  // It failed because of a user and a password that nobody has.
  bool login_was_wrong() const noexcept { return login_was_wrong_; }
  // `bound`: as SocksClient::bound(). For bind again, with whoever came; then it is done.
  void grant(const ProxyAddress& bound);
  void refuse(SocksReply);

 private:
  enum class Step : std::uint8_t { greeting, password, request5 };
  std::size_t take(std::string_view input) override;
  std::size_t take_greeting(std::string_view);
  std::size_t take_password(std::string_view);
  std::size_t take_request4(std::string_view);
  std::size_t take_request5(std::string_view);
  void reply(SocksReply, const ProxyAddress&);

  const Logins* logins_;
  Step step_ = Step::greeting;
  std::string user_;
  std::optional<SocksRequest> request_;
  bool granted_ = false;
  bool login_was_wrong_ = false;
};

// What stands before the data of a datagram (RFC 1928, 7). Throws std::invalid_argument: see
// SocksClient.
std::string socks_datagram_header(const ProxyAddress&);
struct SocksDatagram {
  ProxyAddress address;
  std::size_t data;  // where it begins
};
// None for nonsense, and for fragments, which nobody sends.
std::optional<SocksDatagram> parse_socks_datagram(std::string_view datagram);

}  // namespace sock::wire
