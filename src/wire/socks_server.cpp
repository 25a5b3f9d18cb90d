#include <sys/socket.h>

#include "wire/socks.hpp"
#include "wire/socks_address.hpp"

namespace sock::wire {

namespace {

using namespace detail;

constexpr std::size_t longest_message = 1024;  // bytes; both texts of SOCKS 4a, and more

bool is_command(unsigned value, bool with_datagrams) noexcept {
  return value >= 1 && value <= (with_datagrams ? 3U : 2U);
}

}  // namespace

SocksServer::SocksServer(const Logins* logins) : Exchange(longest_message), logins_(logins) {}

std::size_t SocksServer::take(std::string_view input) {
  switch (step_) {
    case Step::greeting:
      if (byte_at(input, 0) == 4) return take_request4(input);
      return take_greeting(input);
    case Step::password:
      return take_password(input);
    case Step::request5:
      return take_request5(input);
  }
  return 0;
}

std::size_t SocksServer::take_greeting(std::string_view input) {
  if (byte_at(input, 0) != 5) return fail("it does not speak SOCKS");
  if (input.size() < 2) return 0;
  const std::size_t methods = byte_at(input, 1);
  if (input.size() < 2 + methods) return 0;
  const char wanted = logins_ != nullptr ? '\2' : '\0';
  if (input.substr(2, methods).find(wanted) == std::string_view::npos) {
    send({"\5\xff", 2});
    return fail(logins_ != nullptr ? "it offers no user and password" : "it wants to log in");
  }
  send(std::string{'\5', wanted});
  step_ = logins_ != nullptr ? Step::password : Step::request5;
  return 2 + methods;
}

// RFC 1929: version 1, then two texts after their lengths.
std::size_t SocksServer::take_password(std::string_view input) {
  if (byte_at(input, 0) != 1) return fail("it does not log in by RFC 1929");
  if (input.size() < 2) return 0;
  const std::size_t user_size = byte_at(input, 1);
  if (input.size() < 3 + user_size) return 0;
  const std::size_t size = 3 + user_size + byte_at(input, 2 + user_size);
  if (input.size() < size) return 0;
  const Credentials given{std::string(input.substr(2, user_size)),
                          std::string(input.substr(3 + user_size, size - 3 - user_size))};
  if (!logins_->let_in(given)) {
    login_was_wrong_ = true;
    send({"\1\1", 2});
    return fail("user or password is wrong");
  }
  send({"\1\0", 2});
  user_ = given.user;
  step_ = Step::request5;
  return size;
}

std::size_t SocksServer::take_request4(std::string_view input) {
  if (input.size() < 8) return 0;
  const std::size_t user_end = input.find('\0', 8);
  if (user_end == std::string_view::npos) return 0;
  const std::string_view address = input.substr(4, 4);
  const bool named = address.substr(0, 3) == std::string_view("\0\0\0", 3) && address[3] != '\0';
  std::size_t end = user_end + 1;
  std::string host = inet_text(address);
  if (named) {
    const std::size_t host_end = input.find('\0', end);
    if (host_end == std::string_view::npos) return 0;
    host = input.substr(end, host_end - end);
    end = host_end + 1;
  }
  const unsigned command = byte_at(input, 1);
  request_ = {named ? SocksVersion::v4a : SocksVersion::v4,
              SocksCommand::connect,
              {std::move(host), number_at(input, 2)},
              std::string(input.substr(8, user_end - 8))};
  const bool known = is_command(command, false) && !request_->target.host.empty();
  if (known) request_->command = static_cast<SocksCommand>(command);
  wait_for_user();
  if (!known || logins_ != nullptr) {
    refuse(SocksReply::failure);
    request_.reset();
    return fail(known ? "SOCKS 4 has no password" : "its request is nonsense");
  }
  return end;
}

std::size_t SocksServer::take_request5(std::string_view input) {
  if (byte_at(input, 0) != 5) return fail("it does not speak SOCKS 5");
  if (input.size() < 4) return 0;
  Socks5Address parsed = parse_socks5_address(input.substr(3));
  if (parsed.kind == Socks5Address::Kind::partial) return 0;
  const bool known = is_command(byte_at(input, 1), true);
  const bool nonsense = parsed.kind == Socks5Address::Kind::nonsense || parsed.address.host.empty();
  if (!known || nonsense) {
    reply(known ? SocksReply::address_not_supported : SocksReply::command_not_supported, {});
    return fail(known ? "its address is of no known type" : "its command is unknown");
  }
  request_ = {SocksVersion::v5, static_cast<SocksCommand>(byte_at(input, 1)),
              std::move(parsed.address), user_};
  wait_for_user();
  return 3 + parsed.size;
}

void SocksServer::reply(SocksReply code, const ProxyAddress& address) {
  if (request_ && request_->version != SocksVersion::v5) {
    const std::string four = inet_bytes(AF_INET, address.host);
    const unsigned word = code == SocksReply::succeeded ? 90 : 91;
    send(std::string{'\0', to_char(word)} + number_bytes(address.port) +
         (four.empty() ? std::string(4, '\0') : four));
    return;
  }
  send(std::string{'\5', to_char(static_cast<unsigned>(code)), '\0'} +
       socks5_address(address.host.empty() ? ProxyAddress{"0.0.0.0", address.port} : address));
}

void SocksServer::grant(const ProxyAddress& bound) {
  reply(SocksReply::succeeded, bound);
  const bool first_of_two = request_->command == SocksCommand::bind && !granted_;
  granted_ = true;
  if (!first_of_two) finish();
}

void SocksServer::refuse(SocksReply code) {
  reply(code, {});
  fail("its request was refused");
}

}  // namespace sock::wire
