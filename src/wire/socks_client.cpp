#include <sys/socket.h>

#include <stdexcept>

#include "wire/socks.hpp"
#include "wire/socks_address.hpp"

namespace sock::wire {

namespace {

using namespace detail;

constexpr std::size_t longest_message = 512;  // bytes; a reply of SOCKS 5 has at most 262
constexpr unsigned no_method = 0, password_method = 2, none_of_them = 0xff;

void check_size(const std::string& text, const char* what) {
  if (text.empty() || text.size() > 255)
    throw std::invalid_argument(std::string("SOCKS 5 has a ") + what + " of 1 to 255 bytes");
}

std::string request4(SocksVersion version, SocksCommand command, const ProxyAddress& target,
                     const std::string& user) {
  if (command == SocksCommand::udp_associate)
    throw std::invalid_argument("SOCKS 4 has no datagrams");
  if ((target.host + user).find('\0') != std::string::npos)
    throw std::invalid_argument("SOCKS 4 has no NUL in its texts");
  std::string address = inet_bytes(AF_INET, target.host), name;
  if (address.empty()) {
    if (version == SocksVersion::v4 || target.host.find(':') != std::string::npos)
      throw std::invalid_argument("SOCKS 4 connects to IPv4 addresses, and 4a to names");
    if (target.host.empty() || target.host.size() > 255)
      throw std::invalid_argument("SOCKS 4a has hosts of 1 to 255 bytes");
    address = std::string("\0\0\0\1", 4);  // which no host has: a name follows
    name = target.host + '\0';
  }
  return to_char(4) + std::string(1, to_char(static_cast<unsigned>(command))) +
         number_bytes(target.port) + address + user + '\0' + name;
}

std::string request5(SocksCommand command, const ProxyAddress& target) {
  return std::string{to_char(5), to_char(static_cast<unsigned>(command)), '\0'} +
         socks5_address(target);
}

std::string words4(unsigned code) {
  switch (code) {
    case 91:
      return "request rejected or failed";
    case 92:
      return "request rejected: no identd at the client";
    case 93:
      return "request rejected: identd has another user";
    default:
      return "an unknown reply, " + std::to_string(code);
  }
}

std::string words5(unsigned code) {
  constexpr const char* words[] = {
      "succeeded",           "general failure",       "connection not allowed by its rules",
      "network unreachable", "host unreachable",      "connection refused",
      "TTL expired",         "command not supported", "address type not supported"};
  return code < std::size(words) ? words[code] : "an unknown reply, " + std::to_string(code);
}

ProxyErrc kind4(unsigned code) {
  constexpr unsigned no_identd = 92, other_user = 93;
  if (code == no_identd || code == other_user) return ProxyErrc::login;
  return ProxyErrc::failed;
}

ProxyErrc kind5(unsigned code) {
  switch (static_cast<SocksReply>(code)) {
    case SocksReply::network_unreachable:
    case SocksReply::host_unreachable:
    case SocksReply::ttl_expired:
      return ProxyErrc::unreachable;
    case SocksReply::refused:
      return ProxyErrc::refused;
    case SocksReply::not_allowed:
    case SocksReply::command_not_supported:
    case SocksReply::address_not_supported:
      return ProxyErrc::forbidden;
    default:
      return ProxyErrc::failed;
  }
}

}  // namespace

SocksClient::SocksClient(SocksVersion version, SocksCommand command, ProxyAddress target,
                         std::optional<Credentials> credentials)
    : Exchange(longest_message),
      version_(version),
      command_(command),
      target_(std::move(target)),
      credentials_(std::move(credentials)),
      step_(version == SocksVersion::v5 ? Step::method : Step::reply) {
  if (version_ != SocksVersion::v5) {
    send(request4(version_, command_, target_, credentials_ ? credentials_->user : ""));
    return;
  }
  (void)request5(command_, target_);  // what cannot be said is refused now, not in the middle
  if (credentials_) {
    check_size(credentials_->user, "user");
    check_size(credentials_->password, "password");
    send({"\5\2\0\2", 4});
  } else {
    send({"\5\1\0", 3});
  }
}

std::size_t SocksClient::take(std::string_view input) {
  switch (step_) {
    case Step::method:
      return take_method(input);
    case Step::password:
      return take_password(input);
    case Step::reply:
      break;
  }
  return version_ == SocksVersion::v5 ? take_reply5(input) : take_reply4(input);
}

std::size_t SocksClient::take_method(std::string_view input) {
  if (byte_at(input, 0) != 5) return fail("it does not speak SOCKS 5");
  if (input.size() < 2) return 0;
  const unsigned method = byte_at(input, 1);
  if (method == none_of_them)
    return fail(credentials_ ? "it wants another way to log in than user and password"
                             : "it wants a user and a password",
                ProxyErrc::login);
  if (method == password_method && credentials_) {
    const auto [user, password] = *credentials_;
    send(std::string{to_char(1), to_char(user.size())} + user + to_char(password.size()) +
         password);
    step_ = Step::password;
    return 2;
  }
  if (method != no_method) return fail("it chose a way to log in that was not offered");
  send(request5(command_, target_));
  step_ = Step::reply;
  return 2;
}

std::size_t SocksClient::take_password(std::string_view input) {
  if (input.size() < 2) return 0;
  if (byte_at(input, 1) != 0) return fail("user or password is wrong", ProxyErrc::login);
  send(request5(command_, target_));
  step_ = Step::reply;
  return 2;
}

std::size_t SocksClient::take_reply4(std::string_view input) {
  constexpr unsigned granted = 90;
  if (byte_at(input, 0) != 0) return fail("it does not speak SOCKS 4");
  if (input.size() < 8) return 0;
  if (byte_at(input, 1) != granted)
    return fail(words4(byte_at(input, 1)), kind4(byte_at(input, 1)));
  replied({inet_text(input.substr(4, 4)), number_at(input, 2)});
  return 8;
}

std::size_t SocksClient::take_reply5(std::string_view input) {
  if (byte_at(input, 0) != 5) return fail("it does not speak SOCKS 5");
  if (input.size() < 2) return 0;
  if (byte_at(input, 1) != 0) return fail(words5(byte_at(input, 1)), kind5(byte_at(input, 1)));
  if (input.size() < 3) return 0;
  Socks5Address parsed = parse_socks5_address(input.substr(3));
  if (parsed.kind == Socks5Address::Kind::nonsense)
    return fail("its reply has an address of no known type");
  if (parsed.kind == Socks5Address::Kind::partial) return 0;
  replied(std::move(parsed.address));
  return 3 + parsed.size;
}

void SocksClient::replied(ProxyAddress address) {
  if (command_ == SocksCommand::bind && !bound_) {
    bound_ = std::move(address);
    return;
  }
  (command_ == SocksCommand::bind ? peer_ : bound_) = std::move(address);
  finish();
}

}  // namespace sock::wire
