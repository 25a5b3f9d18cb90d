// What a client of a proxy says before bytes pass, and how it is answered. Pure.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "wire/exchange.hpp"
#include "wire/socks.hpp"

namespace sock::serve {

enum class ProxyProtocol : std::uint8_t { socks5, http_connect };

struct ProxyRequest {
  const char* protocol;  // as told: "socks5", "socks4", "http"
  wire::SocksCommand command;
  wire::ProxyAddress target;
  std::string user;  // who logged in; of SOCKS 4 as claimed
};

// Why a request is not granted, in the few words that protocols have.
enum class Refusal : std::uint8_t {
  failure,
  not_allowed,
  network_unreachable,
  host_unreachable,  // or nobody knows its name
  refused,
  timed_out,
  not_supported,
};
// Of what was thrown when it was dialled.
Refusal refusal_of(const std::exception_ptr&);

class ProxyHandshake {
 public:
  virtual ~ProxyHandshake() = default;

  // To feed, and to send what it says. Once there is a request, what is left over in it belongs to
  // the destination.
  virtual wire::Exchange& exchange() noexcept = 0;
  // Has the request come?
  virtual bool requested() const noexcept = 0;
  virtual ProxyRequest request() const = 0;
  virtual bool login_was_wrong() const noexcept = 0;

  // `bound`: our end, see SocksServer.
  virtual void grant(const wire::ProxyAddress& bound) = 0;
  virtual void refuse(Refusal) = 0;
};

// A name, or an address: it has no bytes that no name has. One that NUL cuts would be looked up as
// another than the one that rules were asked about.
bool may_be_host(std::string_view) noexcept;

// The logins, of which there may be none, must outlive it.
std::unique_ptr<ProxyHandshake> proxy_handshake(ProxyProtocol, const wire::Logins*);

}  // namespace sock::serve
