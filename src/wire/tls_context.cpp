#include "wire/tls_context.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "wire/tls_certificate.hpp"
#include "wire/tls_state.hpp"

namespace sock::wire {

namespace {

using namespace tls;
using Side = TlsPlan::Side;
using State = TlsContext::State;

constexpr std::size_t largest_datagram = 64 * 1024;

[[noreturn]] void fail(const std::string& operation, const std::string& subject) {
  throw TlsError(TlsErrc::setup, operation, subject, error_queue("failed"));
}

// Nobody is asked for a passphrase: there may be nobody.
int no_passphrase(char*, int, int, void*) noexcept { return -1; }

void use_key(SSL_CTX& context, const std::string& path) {
  const Functions& ssl = openssl();
  if (ssl.SSL_CTX_use_PrivateKey_file(&context, path.c_str(), SSL_FILETYPE_PEM) == 1) return;
  std::string cause = error_queue("failed");
  if (cause.find("bad password read") != std::string::npos)
    cause = "the key is encrypted; give one that is not";
  throw TlsError(TlsErrc::setup, "read", path, std::move(cause));
}

void use_files(SSL_CTX& context, const TlsIdentity& identity) {
  const Functions& ssl = openssl();
  if (ssl.SSL_CTX_use_certificate_chain_file(&context, identity.certificate.c_str()) != 1)
    fail("read", identity.certificate);
  const std::string& key = identity.key.empty() ? identity.certificate : identity.key;
  use_key(context, key);
  if (ssl.SSL_CTX_check_private_key(&context) != 1) fail("use", key);
}

void use_self_signed(SSL_CTX& context, const std::vector<std::string>& names) {
  const Functions& ssl = openssl();
  const Identity made = make_self_signed(names);
  if (ssl.SSL_CTX_use_certificate(&context, made.certificate.get()) != 1 ||
      ssl.SSL_CTX_use_PrivateKey(&context, made.key.get()) != 1)
    fail("use", "a self-signed certificate");
}

// RFC 7301: each protocol after its length.
std::string alpn_list(const std::vector<std::string>& protocols) {
  std::string list;
  for (const std::string& protocol : protocols)
    list += static_cast<char>(protocol.size()) + protocol;
  return list;
}

const unsigned char* unsigned_bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void* argument) noexcept {
  const auto& plan = static_cast<const State*>(argument)->plan;
  std::string_view rest(reinterpret_cast<const char*>(offered), offered_size);
  for (const std::string& wanted : plan.alpn) {
    for (std::size_t at = 0; at < rest.size(); at += 1 + static_cast<unsigned char>(rest[at])) {
      const std::size_t length = static_cast<unsigned char>(rest[at]);
      if (rest.substr(at + 1, length) != wanted) continue;
      *chosen = offered + at + 1;
      *size = static_cast<unsigned char>(length);
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// The client has asked for a name: the first certificate for it is shown.
int choose_identity(SSL* connection, int*, void* argument) noexcept {
  const Functions& ssl = openssl();
  const char* name = ssl.SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  for (const auto& context : static_cast<const State*>(argument)->contexts) {
    X509* const certificate = ssl.SSL_CTX_get0_certificate(context.get());
    if (ssl.X509_check_host(certificate, name, 0, 0, nullptr) != 1) continue;
    ssl.SSL_set_SSL_CTX(connection, context.get());
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

void log_key(const SSL* connection, const char* line) noexcept {
  const Functions& ssl = openssl();
  const auto* state =
      static_cast<const State*>(ssl.SSL_CTX_get_ex_data(ssl.SSL_get_SSL_CTX(connection), 0));
  // At once, so that the lines of several processes stay whole. A log that cannot be written is no
  // reason to end a connection.
  const std::string whole = std::string(line) + '\n';
  (void)!::write(state->key_log.get(), whole.data(), whole.size());
}

void set_up_protocol(SSL_CTX& context, const State& state) {
  const Functions& ssl = openssl();
  const TlsPlan& plan = state.plan;
  int minimum = plan.minimum == TlsPlan::Version::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
  if (plan.datagrams) minimum = DTLS1_2_VERSION;
  ssl.SSL_CTX_ctrl(&context, SSL_CTRL_SET_MIN_PROTO_VERSION, minimum, nullptr);
  // A read never has to wait for a write, nor a write for a read; and that the peer has ended
  // without close_notify is told by the channel, for it does not end the other direction.
  ssl.SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // See TlsTransport: OpenSSL offers the keys, and goes on with them itself.
  if (plan.kernel && !plan.datagrams) ssl.SSL_CTX_set_options(&context, SSL_OP_ENABLE_KTLS);
  // One that is idle has no buffers.
  ssl.SSL_CTX_ctrl(&context, SSL_CTRL_MODE,
                   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS, nullptr);
  // Sessions are resumed by tickets, which need no memory here.
  ssl.SSL_CTX_ctrl(&context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, nullptr);
  ssl.SSL_CTX_set_session_id_context(&context, unsigned_bytes("sock"), 4);
  ssl.SSL_CTX_set_default_passwd_cb(&context, no_passphrase);
  if (state.key_log) ssl.SSL_CTX_set_keylog_callback(&context, log_key);
}

void set_up_alpn(SSL_CTX& context, State& state) {
  if (state.plan.alpn.empty()) return;
  const Functions& ssl = openssl();
  if (state.plan.side == Side::server)
    return ssl.SSL_CTX_set_alpn_select_cb(&context, choose_protocol, &state);
  const std::string list = alpn_list(state.plan.alpn);
  // It returns 0 when it is done.
  if (ssl.SSL_CTX_set_alpn_protos(&context, unsigned_bytes(list),
                                  static_cast<unsigned>(list.size())) != 0)
    fail("offer", "the protocols");
}

// A client has to show that it receives what is sent to its address, before anything is kept of it,
// or much sent to it (RFC 6347, 4.2.1): the cookie is one that only we can make of that address.
int make_cookie(SSL* connection, unsigned char* cookie, unsigned* size) noexcept {
  const Functions& ssl = openssl();
  const auto* state =
      static_cast<const State*>(ssl.SSL_CTX_get_ex_data(ssl.SSL_get_SSL_CTX(connection), 0));
  const auto* verification = static_cast<const Verification*>(ssl.SSL_get_ex_data(connection, 0));
  const Address& client = *verification->visitor;
  const auto& secret = state->cookie_secret;
  return ssl.HMAC(ssl.EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                  reinterpret_cast<const unsigned char*>(client.data()), client.size(), cookie,
                  size) != nullptr;
}

int check_cookie(SSL* connection, const unsigned char* cookie, unsigned size) noexcept {
  std::array<unsigned char, EVP_MAX_MD_SIZE> right{};
  unsigned length = 0;
  return make_cookie(connection, right.data(), &length) == 1 && size == length &&
         openssl().CRYPTO_memcmp(cookie, right.data(), length) == 0;
}

void set_up_datagrams(SSL_CTX& context, State& state) {
  const Functions& ssl = openssl();
  ssl.SSL_CTX_set_options(&context, SSL_OP_NO_QUERY_MTU);  // see TlsChannel
  ssl.SSL_CTX_set_default_read_buffer_len(&context, largest_datagram);
  if (state.plan.side == Side::client) return;
  ssl.RAND_bytes(state.cookie_secret.data(), static_cast<int>(state.cookie_secret.size()));
  ssl.SSL_CTX_set_cookie_generate_cb(&context, make_cookie);
  ssl.SSL_CTX_set_cookie_verify_cb(&context, check_cookie);
}

const SSL_METHOD* method_of(const TlsPlan& plan) {
  const Functions& ssl = openssl();
  if (plan.datagrams)
    return plan.side == Side::server ? ssl.DTLS_server_method() : ssl.DTLS_client_method();
  return plan.side == Side::server ? ssl.TLS_server_method() : ssl.TLS_client_method();
}

SSL_CTX& add_context(State& state) {
  const Functions& ssl = openssl();
  Owned<SSL_CTX> context(ssl.SSL_CTX_new(method_of(state.plan)));
  if (!context) fail("set up", "TLS");
  ssl.SSL_CTX_set_ex_data(context.get(), 0, &state);
  set_up_protocol(*context, state);
  set_up_alpn(*context, state);
  if (state.plan.datagrams) set_up_datagrams(*context, state);
  set_up_verification(*context, state);
  state.contexts.push_back(std::move(context));
  return *state.contexts.back();
}

void choose_by_name(State& state) {
  const Functions& ssl = openssl();
  SSL_CTX* const first = state.contexts.front().get();
  ssl.SSL_CTX_callback_ctrl(first, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                            reinterpret_cast<void (*)()>(choose_identity));
  ssl.SSL_CTX_ctrl(first, SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG, 0, &state);
}

Fd open_key_log(const std::string& path) {
  if (path.empty()) return Fd();
  Fd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600));
  if (!fd) {
    const int err = errno;
    throw_errno(err, "open", path);
  }
  return fd;
}

}  // namespace

TlsContext::TlsContext(const TlsPlan& plan) {
  const Functions& ssl = openssl();
  const auto state = std::make_shared<State>();
  state->plan = plan;
  state->key_log = open_key_log(plan.key_log);
  for (const TlsIdentity& identity : plan.identities) use_files(add_context(*state), identity);
  if (!plan.self_signed.empty()) use_self_signed(add_context(*state), plan.self_signed);
  if (state->contexts.empty()) add_context(*state);
  if (state->contexts.size() > 1 && plan.side == Side::server) choose_by_name(*state);
  if (const X509* own = ssl.SSL_CTX_get0_certificate(state->contexts.front().get()))
    state->fingerprint = tls::fingerprint(*own);
  state_ = state;
}

bool TlsContext::datagrams() const noexcept { return state_->plan.datagrams; }

const std::string& TlsContext::fingerprint() const noexcept { return state_->fingerprint; }

}  // namespace sock::wire
