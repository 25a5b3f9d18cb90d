// HTTP's CONNECT (RFC 9110, 9.3.6), both sides, with Basic (RFC 7617) and Digest (RFC 7616). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/exchange.hpp"
#include "wire/http_login.hpp"

namespace sock::wire {

class HttpConnectClient final : public Exchange {
 public:
  // The password is sent only when the proxy has asked for it: by Digest, where that is offered and
  // there are tools for it, else by Basic. Throws std::invalid_argument for a host or user with
  // characters that would end a line.
  HttpConnectClient(const ProxyAddress& target, std::optional<Credentials> = {},
                    std::optional<DigestTools> = {});

  // The proxy wants the password on another connection: what is to be sent next belongs there.
  bool wants_new_connection() const noexcept { return new_connection_; }
  // It is there.
  void connected_anew() noexcept { new_connection_ = false; }

 private:
  std::size_t take(std::string_view input) override;
  std::size_t take_reply(std::string_view head, std::size_t size);
  std::size_t answer_challenge(std::string_view head, std::size_t size);
  void request(const std::string& authorization);

  std::string authority_;
  std::optional<Credentials> credentials_;
  std::optional<DigestTools> tools_;
  bool answered_ = false;  // the challenge
  bool new_connection_ = false;
  std::size_t to_skip_ = 0;  // bytes of a refusal's body
};

class HttpConnectServer final : public Exchange {
 public:
  // With logins, which must outlive it, nobody else is let in.
  explicit HttpConnectServer(const Logins* = nullptr);

  // Once it has come; then grant() or refuse() is due.
  const std::optional<ProxyAddress>& request() const noexcept { return request_; }
  // Who logged in for it, "" where nobody has to.
  const std::string& user() const noexcept { return user_; }
  // It failed because of a user and a password that nobody has.
  bool login_was_wrong() const noexcept { return login_was_wrong_; }
  void grant();
  // 403 forbidden, 502 refused or unreachable, 504 timed out ... `fields`: lines with their ends.
  void refuse(int status, std::string_view reason, std::string_view fields = {});

 private:
  std::size_t take(std::string_view input) override;
  bool may_pass(std::string_view authorization);

  const Logins* logins_;
  std::optional<ProxyAddress> request_;
  std::string user_;
  bool login_was_wrong_ = false;
};

}  // namespace sock::wire
