// A handshake in bytes, without a connection: it is fed with what the other side sends, and says
// what to send it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "wire/credentials.hpp"
#include "wire/proxy_error.hpp"

namespace sock::wire {

// Where a proxy is to connect to, or has: a name or a numeric address without brackets.
struct ProxyAddress {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const ProxyAddress&) const = default;
};

class Exchange {
 public:
  enum class State : std::uint8_t { running, done, failed };

  virtual ~Exchange() = default;

  // Bytes of the other side, in pieces as they come. What comes after the handshake is kept.
  void feed(std::string_view bytes);
  // What is to be sent now; it is handed out once.
  std::string take_output() noexcept { return std::exchange(output_, {}); }

  State state() const noexcept { return state_; }
  // Why it failed, in the other side's words where it has any; they are not made printable.
  const std::string& error() const noexcept { return error_; }
  ProxyErrc error_kind() const noexcept { return error_kind_; }
  // When done, or once a server's machine has its request: the first bytes of what the connection
  // is for.
  std::string take_leftover() noexcept { return std::exchange(input_, {}); }

 protected:
  // `limit`: bytes of one message, more of which are nonsense.
  explicit Exchange(std::size_t limit) noexcept : limit_(limit) {}
  Exchange(const Exchange&) = default;
  Exchange& operator=(const Exchange&) = default;

  // Takes one message from the front of what has come, and returns its length; 0: it is not whole
  // yet. Only called while running, and not while it waits for its user.
  virtual std::size_t take(std::string_view input) = 0;
  // Goes on with what has come.
  void proceed();

  void send(std::string_view bytes) { output_ += bytes; }
  void finish() noexcept { state_ = State::done; }
  // The next step is its user's: what comes meanwhile is kept, and is no message of the other side.
  void wait_for_user() noexcept { waits_for_user_ = true; }
  // 0, for take() to return.
  std::size_t fail(std::string why, ProxyErrc kind = ProxyErrc::nonsense);

 private:
  std::size_t limit_;
  State state_ = State::running;
  ProxyErrc error_kind_ = ProxyErrc::nonsense;
  bool waits_for_user_ = false;
  std::string input_, output_, error_;
};

}  // namespace sock::wire
