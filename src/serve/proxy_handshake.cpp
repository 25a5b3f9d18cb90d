#include "serve/proxy_handshake.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include "serve/destinations.hpp"
#include "sock/error.hpp"
#include "wire/http_connect.hpp"

namespace sock::serve {

namespace {

using wire::SocksReply;

SocksReply socks_reply(Refusal why) noexcept {
  switch (why) {
    case Refusal::not_allowed:
      return SocksReply::not_allowed;
    case Refusal::network_unreachable:
      return SocksReply::network_unreachable;
    case Refusal::host_unreachable:
      return SocksReply::host_unreachable;
    case Refusal::refused:
      return SocksReply::refused;
    case Refusal::timed_out:
      return SocksReply::ttl_expired;
    case Refusal::not_supported:
      return SocksReply::command_not_supported;
    case Refusal::failure:
      break;
  }
  return SocksReply::failure;
}

class SocksHandshake final : public ProxyHandshake {
 public:
  explicit SocksHandshake(const wire::Logins* logins) : server_(logins) {}

  wire::Exchange& exchange() noexcept override { return server_; }
  bool requested() const noexcept override { return server_.request().has_value(); }
  ProxyRequest request() const override {
    const wire::SocksRequest& request = *server_.request();
    const bool five = request.version == wire::SocksVersion::v5;
    return {five ? "socks5" : "socks4", request.command, request.target, request.user};
  }
  bool login_was_wrong() const noexcept override { return server_.login_was_wrong(); }
  void grant(const wire::ProxyAddress& bound) override { server_.grant(bound); }
  void refuse(Refusal why) override { server_.refuse(socks_reply(why)); }

 private:
  wire::SocksServer server_;
};

class HttpHandshake final : public ProxyHandshake {
 public:
  explicit HttpHandshake(const wire::Logins* logins) : server_(logins) {}

  wire::Exchange& exchange() noexcept override { return server_; }
  bool requested() const noexcept override { return server_.request().has_value(); }
  ProxyRequest request() const override {
    return {"http", wire::SocksCommand::connect, *server_.request(), server_.user()};
  }
  bool login_was_wrong() const noexcept override { return server_.login_was_wrong(); }
  void grant(const wire::ProxyAddress&) override { server_.grant(); }
  void refuse(Refusal why) override {
    if (why == Refusal::not_allowed) return server_.refuse(403, "Forbidden");
    if (why == Refusal::timed_out) return server_.refuse(504, "Gateway Timeout");
    server_.refuse(502, "Bad Gateway");
  }

 private:
  wire::HttpConnectServer server_;
};

Refusal refusal_of(const Error& error) noexcept {
  if (dynamic_cast<const gaierror*>(&error) != nullptr) return Refusal::host_unreachable;
  const std::error_code& code = error.code();
  if (code == std::errc::timed_out) return Refusal::timed_out;
  if (code == std::errc::connection_refused) return Refusal::refused;
  if (code == std::errc::network_unreachable) return Refusal::network_unreachable;
  if (code == std::errc::host_unreachable) return Refusal::host_unreachable;
  return Refusal::failure;
}

}  // namespace

// Of several attempts the last says most: the others may have failed for want of a family.
Refusal refusal_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const NotAllowed&) {
    return Refusal::not_allowed;
  } catch (const ErrorGroup& group) {
    return refusal_of(group.errors().back());
  } catch (const Error& one) {
    return refusal_of(one);
  } catch (const std::exception&) {
    return Refusal::failure;
  }
}

bool may_be_host(std::string_view host) noexcept {
  return !host.empty() && std::none_of(host.begin(), host.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
  });
}

std::unique_ptr<ProxyHandshake> proxy_handshake(ProxyProtocol protocol,
                                                const wire::Logins* logins) {
  if (protocol == ProxyProtocol::socks5) return std::make_unique<SocksHandshake>(logins);
  return std::make_unique<HttpHandshake>(logins);
}

}  // namespace sock::serve
