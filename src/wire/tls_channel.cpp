#include "wire/tls_channel.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/socket_calls.hpp"
#include "wire/tls_certificate.hpp"
#include "wire/tls_state.hpp"

namespace sock::wire {

namespace {

using io::Attempt;
using Clock = std::chrono::steady_clock;
using tls::error_queue;
using tls::openssl;

// Bytes that are made records of, and written, at a time.
constexpr std::size_t batch = 64 * 1024;

// Bytes of a datagram that every path takes: what IPv6 promises, without the headers.
constexpr long safe_size = 1280 - 40 - 8;

bool is_blocked(int result) noexcept {
  return result == SSL_ERROR_WANT_READ || result == SSL_ERROR_WANT_WRITE;
}

// Did the peer say so itself (RFC 8446, 6)?
bool is_alert(unsigned long error) noexcept {
  return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET;
}

// Else a short answer waits until the peer has acknowledged what TLS itself had to say before it, a
// session ticket for example, and peers take 40 ms to (RFC 9293, 3.7.4). What is no TCP refuses.
void send_at_once(FdRef fd) noexcept {
  const int on = 1;
  (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// What OpenSSL answers to what it reads: that it does not negotiate again, or why it goes no
// further.
void say_by_kernel(const SSL* ssl, int what, int alert) noexcept {
  if (what != SSL_CB_WRITE_ALERT) return;
  auto* verification = static_cast<tls::Verification*>(openssl().SSL_get_ex_data(ssl, 0));
  verification->kernel->say(static_cast<std::uint8_t>(alert >> 8),
                            static_cast<std::uint8_t>(alert & 0xff));
}

std::string cause_of(const std::exception_ptr& failure) try {
  std::rethrow_exception(failure);
} catch (const Error& error) {
  return error.code().message();
} catch (const std::exception& error) {
  return error.what();
}

// Datagrams are refused when they are sent, not before: to who waits for a connection it is one
// that was refused.
std::exception_ptr of_connecting(const std::exception_ptr& failure) try {
  std::rethrow_exception(failure);
} catch (const Error& error) {
  try {
    throw_errno(error.code().value(), "connect", std::string(error.subject()));
  } catch (...) {
    return std::current_exception();
  }
} catch (...) {
  return std::current_exception();
}

}  // namespace

void TlsChannel::Free::operator()(ssl_st* ssl) const noexcept { openssl().SSL_free(ssl); }

TlsChannel::TlsChannel(const TlsContext& context, std::unique_ptr<io::Channel> transport,
                       const std::string& peer_name)
    : context_(context),
      datagrams_(context.datagrams()),
      transport_(std::move(transport)),
      verification_(std::make_unique<tls::Verification>()),
      ssl_(openssl().SSL_new(context_.state().contexts.front().get())) {
  const tls::Functions& ssl = openssl();
  if (!ssl_) throw TlsError(TlsErrc::setup, "set up", "TLS", error_queue("failed"));
  verification_->expected_name = peer_name;
  ssl.SSL_set_ex_data(ssl_.get(), 0, verification_.get());
  BIO* const bio = transport_.make_bio();
  ssl.SSL_set_bio(ssl_.get(), bio, bio);
  if (!peer_name.empty()) tls::expect_name(*ssl_, peer_name);
  if (datagrams_)
    ssl.SSL_ctrl(ssl_.get(), SSL_CTRL_SET_MTU, safe_size, nullptr);
  else
    send_at_once(write_fd());
  if (context_.state().plan.side == TlsPlan::Side::client)
    ssl.SSL_set_connect_state(ssl_.get());
  else
    ssl.SSL_set_accept_state(ssl_.get());
}

TlsChannel::TlsChannel(const TlsContext& context, std::unique_ptr<io::Channel> transport,
                       const Address& visitor)
    : TlsChannel(context, std::move(transport)) {
  verification_->visitor = &visitor;
}

TlsChannel::~TlsChannel() = default;

bool TlsChannel::try_admit() {
  const tls::Functions& ssl = openssl();
  const tls::Owned<BIO_ADDR> unused(ssl.BIO_ADDR_new());
  transport_.begin();
  while (ssl.DTLSv1_listen(ssl_.get(), unused.get()) != 1) {
    ssl.ERR_clear_error();  // whatever somebody has sent
    if (transport_.failure()) std::rethrow_exception(transport_.failure());
    if (transport_.drained()) return false;
  }
  return true;
}

std::optional<std::chrono::nanoseconds> TlsChannel::resend_in() const noexcept {
  timeval left{};
  if (!datagrams_ || openssl().SSL_ctrl(ssl_.get(), DTLS_CTRL_GET_TIMEOUT, 0, &left) != 1)
    return std::nullopt;
  return std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
}

bool TlsChannel::try_handshake() {
  const tls::Functions& ssl = openssl();
  if (first_step_ == Clock::time_point()) first_step_ = Clock::now();
  transport_.begin();
  ssl.ERR_clear_error();
  // Does nothing before its time.
  if (datagrams_ && ssl.SSL_ctrl(ssl_.get(), DTLS_CTRL_HANDLE_TIMEOUT, 0, nullptr) < 0)
    fail_handshake();
  const int result = ssl.SSL_do_handshake(ssl_.get());
  if (result != 1 && !is_blocked(ssl.SSL_get_error(ssl_.get(), result))) fail_handshake();
  // What is left when it is done goes out with whatever is read or written first.
  flush_quietly();
  took_ = Clock::now() - first_step_;
  if (result == 1) let_kernel_send();
  return result == 1;
}

void TlsChannel::let_kernel_send() {
  const TlsSendingKeys* const keys = transport_.sending_keys();
  const auto fd = transport_.channel().plain_fd(true);
  if (keys != nullptr && fd && !transport_.holds()) kernel_ = TlsKernel::start(*fd, *keys);
  transport_.forget_keys();
  if (!kernel_) return;
  transport_.mute();
  verification_->kernel = &*kernel_;
  openssl().SSL_set_info_callback(ssl_.get(), say_by_kernel);
}

void TlsChannel::fail_handshake() {
  failure_ = handshake_failure();
  flush_quietly();  // the alert that says why
  std::rethrow_exception(failure_);
}

// A peer that is gone may have said why before: that is read next, or the end.
void TlsChannel::flush_quietly() {
  try {
    (void)transport_.flush();
  } catch (const Error&) {
  }
}

std::exception_ptr TlsChannel::handshake_failure() const {
  const std::string& name = this->name(true);
  if (!verification_->cause.empty()) {
    openssl().ERR_clear_error();
    return std::make_exception_ptr(TlsError(TlsErrc::verification, "verify the certificate of",
                                            name, verification_->cause, verification_->rejection));
  }
  if (datagrams_ && transport_.failure()) return of_connecting(transport_.failure());
  auto code = TlsErrc::broken_off;
  std::string cause;
  if (transport_.failure()) {
    cause = cause_of(transport_.failure());
  } else if (transport_.ended()) {
    cause = "the peer ended the connection";
  } else {
    code = TlsErrc::handshake;
    cause = error_queue("failed");
  }
  openssl().ERR_clear_error();
  return std::make_exception_ptr(TlsError(code, "TLS handshake with", name, std::move(cause)));
}

std::exception_ptr TlsChannel::transfer_failure(const char* operation) const {
  if (transport_.failure()) return transport_.failure();
  // A client learns only now that a server does not accept it.
  const bool refused = !read_some_ && is_alert(openssl().ERR_peek_error());
  return std::make_exception_ptr(TlsError(refused ? TlsErrc::handshake : TlsErrc::transfer,
                                          refused ? "TLS handshake with" : operation, name(false),
                                          error_queue("failed")));
}

io::Wants TlsChannel::handshake_wants() const noexcept {
  return transport_.channel().wants(true, transport_.holds());
}

TlsSession TlsChannel::session() const {
  const tls::Functions& ssl = openssl();
  TlsSession session;
  session.version = ssl.SSL_get_version(ssl_.get());
  session.cipher = ssl.SSL_CIPHER_get_name(ssl.SSL_get_current_cipher(ssl_.get()));
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  ssl.SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
  if (size > 0) session.alpn.assign(reinterpret_cast<const char*>(protocol), size);
  session.took = took_;
  session.kernel_sends = kernel_.has_value();
  session.resumed = ssl.SSL_session_reused(ssl_.get()) == 1;
  if (const X509* peer = ssl.SSL_get0_peer_certificate(ssl_.get()))
    session.peer = tls::describe(*peer);
  return session;
}

Attempt TlsChannel::try_read(std::span<std::byte> room) {
  if (failure_) std::rethrow_exception(failure_);
  const tls::Functions& ssl = openssl();
  transport_.begin();
  std::size_t total = 0;
  while (total < room.size() && end_ == End::none && !failure_) {
    std::size_t n = 0;
    ssl.ERR_clear_error();
    if (ssl.SSL_read_ex(ssl_.get(), room.data() + total, room.size() - total, &n) == 1) {
      total += n;
      dry_ = false;
      if (datagrams_) break;
      continue;
    }
    const int result = ssl.SSL_get_error(ssl_.get(), 0);
    dry_ = is_blocked(result);
    if (dry_) break;
    if (result == SSL_ERROR_ZERO_RETURN)
      end_ = transport_.ended() && !any_end_ ? End::cut_short : End::proper;
    else
      failure_ = transfer_failure("recv");
  }
  read_some_ = read_some_ || total > 0;
  flush_quietly();  // what reading made necessary to say: a key update, an alert
  if (const int rest = ssl.SSL_pending(ssl_.get()); datagrams_ && total > 0 && rest > 0)
    throw io::CutMessage(total + static_cast<std::size_t>(rest), name(false));
  if (total > 0) return Attempt::moved(total);
  if (failure_) std::rethrow_exception(failure_);
  if (end_ == End::cut_short)
    throw TlsError(TlsErrc::cut_short, "recv", name(false),
                   "the peer ended the connection without TLS's close_notify: what it sent may be "
                   "cut short");
  return end_ == End::proper ? Attempt::end() : Attempt::blocked();
}

Attempt TlsChannel::try_write(std::span<const std::byte> data) {
  if (failure_) std::rethrow_exception(failure_);
  if (datagrams_ && data.size() > largest_message) throw_errno(EMSGSIZE, "send", name(true));
  if (datagrams_ && data.empty()) return Attempt::moved(0);  // DTLS has no empty ones
  if (kernel_) return transport_.channel().try_write(data);
  std::size_t total = 0;
  do {
    if (taken_ == 0) make_records(data.subspan(total));
    if (!transport_.flush() || taken_ == 0) break;
    total += std::exchange(taken_, 0);
  } while (total < data.size());
  return total > 0 ? Attempt::moved(total) : Attempt::blocked();
}

void TlsChannel::make_records(std::span<const std::byte> data) {
  const tls::Functions& ssl = openssl();
  ssl.ERR_clear_error();
  if (ssl.SSL_write_ex(ssl_.get(), data.data(), std::min(data.size(), batch), &taken_) == 1 ||
      is_blocked(ssl.SSL_get_error(ssl_.get(), 0)))
    return;
  failure_ = transfer_failure("send");
  std::rethrow_exception(failure_);
}

bool TlsChannel::try_finish() {
  if (failure_) std::rethrow_exception(failure_);
  if (kernel_) return kernel_->try_end() && transport_.channel().try_finish();
  if (!finished_) {
    const int result = openssl().SSL_shutdown(ssl_.get());
    finished_ = result >= 0 || !is_blocked(openssl().SSL_get_error(ssl_.get(), result));
  }
  return transport_.flush() && finished_ && transport_.channel().try_finish();
}

io::Wants TlsChannel::wants(bool read, bool write) const noexcept {
  return transport_.channel().wants(read, write || (read && transport_.holds()));
}

// The end, or a failure, may have come with the last bytes, and no readiness tells of it.
bool TlsChannel::pending() const noexcept {
  if (end_ != End::none || failure_ || transport_.channel().pending()) return true;
  return !dry_ && (transport_.has_more() || openssl().SSL_has_pending(ssl_.get()) == 1);
}

}  // namespace sock::wire
