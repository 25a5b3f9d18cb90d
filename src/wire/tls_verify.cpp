#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "wire/lookup.hpp"
#include "wire/tls_certificate.hpp"
#include "wire/tls_state.hpp"

namespace sock::wire::tls {

namespace {

using Trust = TlsPlan::Trust;

bool is_directory(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

TlsFault fault_of(int error) noexcept {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return TlsFault::out_of_date;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return TlsFault::wrong_name;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return TlsFault::untrusted;
    default:
      return TlsFault::other;
  }
}

bool is_pinned(const TlsPlan& plan, const X509& certificate) {
  const std::string own = fingerprint(certificate);
  return std::find(plan.pins.begin(), plan.pins.end(), own) != plan.pins.end();
}

// An authority need not have a list of what it has revoked.
int pass_missing_lists(int accepted, X509_STORE_CTX* chain) noexcept {
  const Functions& ssl = openssl();
  if (accepted == 1 || ssl.X509_STORE_CTX_get_error(chain) != X509_V_ERR_UNABLE_TO_GET_CRL)
    return accepted;
  ssl.X509_STORE_CTX_set_error(chain, X509_V_OK);
  return 1;
}

// OpenSSL's way to ask for a verdict about the chain that a peer has sent: 1 accepts it.
int judge(X509_STORE_CTX* chain, void* argument) noexcept try {
  const Functions& ssl = openssl();
  const TlsPlan& plan = static_cast<const TlsContext::State*>(argument)->plan;
  if (plan.trust == Trust::anyone) return 1;
  auto* connection = static_cast<const SSL*>(
      ssl.X509_STORE_CTX_get_ex_data(chain, ssl.SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& verification = *static_cast<Verification*>(ssl.SSL_get_ex_data(connection, 0));
  const X509* certificate = ssl.X509_STORE_CTX_get0_cert(chain);

  auto fault = TlsFault::wrong_pin;
  if (plan.trust == Trust::pins) {
    if (certificate && is_pinned(plan, *certificate)) return 1;
    verification.cause = "it is another certificate than the one that is pinned";
    ssl.X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  } else {
    ssl.X509_STORE_CTX_set_verify_cb(chain, pass_missing_lists);
    if (ssl.X509_verify_cert(chain) == 1) return 1;
    const int error = ssl.X509_STORE_CTX_get_error(chain);
    verification.cause = ssl.X509_verify_cert_error_string(error);
    fault = fault_of(error);
  }
  if (certificate)
    verification.rejection = {fault, plan.side == TlsPlan::Side::server, plan.onward,
                              verification.expected_name, describe(*certificate)};
  return 0;
} catch (...) {  // no memory: not accepted
  return 0;
}

// As openssl-rehash(1) names them: "5ed36f99.r0".
bool has_revocation_lists(const std::string& directory) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
    const std::string extension = entry.path().extension();
    if (extension.size() >= 3 && extension.starts_with(".r") && extension[2] >= '0' &&
        extension[2] <= '9')
      return true;
  }
  return false;
}

bool has_revocation_lists(X509_STORE* store) {
  const Functions& ssl = openssl();
  const auto* all = reinterpret_cast<const OPENSSL_STACK*>(ssl.X509_STORE_get0_objects(store));
  for (int i = 0; i < ssl.OPENSSL_sk_num(all); ++i) {
    const auto* object = static_cast<const X509_OBJECT*>(ssl.OPENSSL_sk_value(all, i));
    if (ssl.X509_OBJECT_get_type(object) == X509_LU_CRL) return true;
  }
  return false;
}

void load_trust(SSL_CTX& context, const TlsPlan& plan) {
  const Functions& ssl = openssl();
  const std::string& path = plan.trust_path;
  X509_STORE* const store = ssl.SSL_CTX_get_cert_store(&context);
  const bool directory = is_directory(path);
  const auto load = directory ? ssl.X509_STORE_load_path : ssl.X509_STORE_load_file;
  if (load(store, path.c_str()) != 1)
    throw TlsError(TlsErrc::setup, "read", path, error_queue("no certificate in it"));
  X509_VERIFY_PARAM* const rules = ssl.SSL_CTX_get0_param(&context);
  // What stands there is trusted, whether or not it has signed itself.
  ssl.X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  // No certificate of the chain may be found in a revocation list that there is.
  if (directory ? has_revocation_lists(path) : has_revocation_lists(store))
    ssl.X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  // Clients are told whose certificates count.
  if (plan.side == TlsPlan::Side::server && !directory)
    ssl.SSL_CTX_set_client_CA_list(&context, ssl.SSL_load_client_CA_file(path.c_str()));
}

}  // namespace

void set_up_verification(SSL_CTX& context, TlsContext::State& state) {
  const Functions& ssl = openssl();
  const TlsPlan& plan = state.plan;
  const bool ask = plan.side == TlsPlan::Side::client || plan.trust != Trust::anyone;
  ssl.SSL_CTX_set_verify(
      &context, ask ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE, nullptr);
  ssl.SSL_CTX_set_cert_verify_callback(&context, judge, &state);
  // RFC 9525: names stand in subjectAltName, and a star only for a whole label.
  ssl.X509_VERIFY_PARAM_set_hostflags(
      ssl.SSL_CTX_get0_param(&context),
      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (plan.trust == Trust::path) load_trust(context, plan);
  if (plan.trust == Trust::system && ssl.SSL_CTX_set_default_verify_paths(&context) != 1)
    throw TlsError(TlsErrc::setup, "read", "the system's trust store", error_queue("failed"));
}

void expect_name(SSL& connection, const std::string& name) {
  const Functions& ssl = openssl();
  X509_VERIFY_PARAM* const rules = ssl.SSL_get0_param(&connection);
  bool done = false;
  if (is_numeric(name)) {
    // A zone is this machine's own affair.
    done = ssl.X509_VERIFY_PARAM_set1_ip_asc(rules, name.substr(0, name.find('%')).c_str()) == 1;
  } else {
    done = ssl.X509_VERIFY_PARAM_set1_host(rules, name.data(), name.size()) == 1 &&
           ssl.SSL_ctrl(&connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                        const_cast<char*>(name.c_str())) == 1;
  }
  if (!done) throw TlsError(TlsErrc::setup, "expect", name, error_queue("no name of a host"));
}

}  // namespace sock::wire::tls
