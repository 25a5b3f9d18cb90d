// TLS over another channel.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "io/channel.hpp"
#include "sock/address.hpp"
#include "wire/tls_context.hpp"
#include "wire/tls_error.hpp"
#include "wire/tls_kernel.hpp"
#include "wire/tls_session.hpp"
#include "wire/tls_transport.hpp"

struct ssl_st;

namespace sock::wire {

namespace tls {
struct Verification;
}

// First try_handshake() until it is done; then it is a stream like any other, with these
// particulars:
// - try_write() may have taken bytes in though it was blocked: the next one must begin with the
//   same bytes (SSL_write(3) has that rule, too). Those that it tells of are with the transport.
// - try_finish() sends close_notify and finishes the transport; what the peer sends is still read.
// - The transport's end without the peer's close_notify is a TlsError (cut_short). The peer may
//   still read.
// What is sent is encrypted by the kernel where the context allows it, and the kernel, the version
// and the cipher do; then bytes may bypass the channel on their way out.
// Over datagrams (DTLS 1.2) each read and write is one of at most `largest_message` bytes; those
// that get lost stay so, and only a close_notify that comes is an end.
class TlsChannel final : public io::Channel {
 public:
  // `peer_name`: the host or numeric address that the peer's certificate has to be for, and that a
  // client asks for; "": any. Throws TlsError.
  TlsChannel(const TlsContext&, std::unique_ptr<io::Channel> transport,
             const std::string& peer_name = {});
  // A server of datagrams, whose client has still to come: see try_admit(). `visitor` is who has
  // sent what was read from the transport last; it has to be there as long as that is.
  TlsChannel(const TlsContext&, std::unique_ptr<io::Channel> transport, const Address& visitor);
  ~TlsChannel() override;

  static constexpr std::size_t largest_message = 16 * 1024;

  // Answers who has come, one after the other. true: the last one has shown that it receives what
  // is sent to its address; it should stay, and the handshake with it go on. false: blocked.
  [[nodiscard]] bool try_admit();
  // Goes on with the handshake. false: blocked, see handshake_wants(). Throws TlsError.
  [[nodiscard]] bool try_handshake();
  io::Wants handshake_wants() const noexcept;
  // When something has to be sent again: datagrams get lost. Then try_handshake() sends it.
  std::optional<std::chrono::nanoseconds> resend_in() const noexcept;
  TlsSession session() const;  // after it

  // What the peer sends is not wanted: that it ends without close_notify is an end like any other.
  void believe_any_end() noexcept { any_end_ = true; }

  io::Attempt try_read(std::span<std::byte>) override;
  io::Attempt try_write(std::span<const std::byte>) override;
  bool try_finish() override;
  FdRef read_fd() const noexcept override { return transport_.channel().read_fd(); }
  FdRef write_fd() const noexcept override { return transport_.channel().write_fd(); }
  io::Wants wants(bool read, bool write) const noexcept override;
  bool pending() const noexcept override;
  bool messages() const noexcept override { return datagrams_; }
  bool endless() const noexcept override { return datagrams_; }
  std::optional<FdRef> plain_fd(bool write) const noexcept override {
    return write && kernel_ ? transport_.channel().plain_fd(true) : std::nullopt;
  }
  const std::string& name(bool write) const noexcept override {
    return transport_.channel().name(write);
  }

 private:
  struct Free {
    void operator()(ssl_st*) const noexcept;
  };
  enum class End : std::uint8_t { none, proper, cut_short };
  std::exception_ptr handshake_failure() const;
  std::exception_ptr transfer_failure(const char* operation) const;
  [[noreturn]] void fail_handshake();
  void flush_quietly();
  void let_kernel_send();
  void make_records(std::span<const std::byte>);

  TlsContext context_;
  const bool datagrams_;
  TlsTransport transport_;
  std::unique_ptr<tls::Verification> verification_;
  std::optional<TlsKernel> kernel_;  // sends in OpenSSL's place
  std::unique_ptr<ssl_st, Free> ssl_;
  std::chrono::steady_clock::time_point first_step_ = {};
  std::chrono::nanoseconds took_{};  // the handshake
  std::size_t taken_ = 0;   // bytes of the last try_write() whose records are not all written
  bool dry_ = false;        // the last read wanted more than there was
  bool read_some_ = false;  // bytes of the peer
  End end_ = End::none;     // of what the peer sends
  bool finished_ = false;   // ours was made
  bool any_end_ = false;
  std::exception_ptr failure_;  // there is no going on after it
};

}  // namespace sock::wire
