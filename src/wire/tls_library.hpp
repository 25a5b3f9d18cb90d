// OpenSSL 3, which is mapped when TLS is asked for and not before. Only tls_*.cpp include this.
#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string>

// Every function that is used. What is a macro or an inline function in OpenSSL's headers is
// written with the function beneath it: a call that goes around the table does not link.
#define SOCK_LIBSSL(F)                   \
  F(DTLS_client_method)                  \
  F(DTLS_server_method)                  \
  F(DTLSv1_listen)                       \
  F(SSL_CIPHER_get_name)                 \
  F(SSL_CTX_callback_ctrl)               \
  F(SSL_CTX_check_private_key)           \
  F(SSL_CTX_ctrl)                        \
  F(SSL_CTX_free)                        \
  F(SSL_CTX_get0_certificate)            \
  F(SSL_CTX_get0_param)                  \
  F(SSL_CTX_get_cert_store)              \
  F(SSL_CTX_get_ex_data)                 \
  F(SSL_CTX_new)                         \
  F(SSL_CTX_set_alpn_protos)             \
  F(SSL_CTX_set_alpn_select_cb)          \
  F(SSL_CTX_set_cert_verify_callback)    \
  F(SSL_CTX_set_client_CA_list)          \
  F(SSL_CTX_set_cookie_generate_cb)      \
  F(SSL_CTX_set_cookie_verify_cb)        \
  F(SSL_CTX_set_default_passwd_cb)       \
  F(SSL_CTX_set_default_read_buffer_len) \
  F(SSL_CTX_set_default_verify_paths)    \
  F(SSL_CTX_set_ex_data)                 \
  F(SSL_CTX_set_keylog_callback)         \
  F(SSL_CTX_set_options)                 \
  F(SSL_CTX_set_session_id_context)      \
  F(SSL_CTX_set_verify)                  \
  F(SSL_CTX_use_PrivateKey)              \
  F(SSL_CTX_use_PrivateKey_file)         \
  F(SSL_CTX_use_certificate)             \
  F(SSL_CTX_use_certificate_chain_file)  \
  F(SSL_ctrl)                            \
  F(SSL_do_handshake)                    \
  F(SSL_free)                            \
  F(SSL_get0_alpn_selected)              \
  F(SSL_get0_param)                      \
  F(SSL_get0_peer_certificate)           \
  F(SSL_get_SSL_CTX)                     \
  F(SSL_get_current_cipher)              \
  F(SSL_get_error)                       \
  F(SSL_get_ex_data)                     \
  F(SSL_get_ex_data_X509_STORE_CTX_idx)  \
  F(SSL_get_servername)                  \
  F(SSL_get_version)                     \
  F(SSL_has_pending)                     \
  F(SSL_load_client_CA_file)             \
  F(SSL_new)                             \
  F(SSL_pending)                         \
  F(SSL_read_ex)                         \
  F(SSL_select_next_proto)               \
  F(SSL_session_reused)                  \
  F(SSL_set_SSL_CTX)                     \
  F(SSL_set_accept_state)                \
  F(SSL_set_bio)                         \
  F(SSL_set_connect_state)               \
  F(SSL_set_ex_data)                     \
  F(SSL_set_info_callback)               \
  F(SSL_shutdown)                        \
  F(SSL_write_ex)                        \
  F(TLS_client_method)                   \
  F(TLS_server_method)

#define SOCK_LIBCRYPTO(F)            \
  F(ASN1_INTEGER_set_uint64)         \
  F(ASN1_STRING_get0_data)           \
  F(ASN1_STRING_length)              \
  F(ASN1_TIME_to_tm)                 \
  F(BIO_ADDR_free)                   \
  F(BIO_ADDR_new)                    \
  F(BIO_clear_flags)                 \
  F(BIO_ctrl)                        \
  F(BIO_free)                        \
  F(BIO_get_data)                    \
  F(BIO_get_new_index)               \
  F(BIO_meth_free)                   \
  F(BIO_meth_new)                    \
  F(BIO_meth_set_ctrl)               \
  F(BIO_meth_set_read_ex)            \
  F(BIO_meth_set_write_ex)           \
  F(BIO_new)                         \
  F(BIO_s_mem)                       \
  F(BIO_set_data)                    \
  F(BIO_set_flags)                   \
  F(BIO_set_init)                    \
  F(ERR_clear_error)                 \
  F(ERR_get_error_all)               \
  F(ERR_peek_error)                  \
  F(ERR_reason_error_string)         \
  F(CRYPTO_memcmp)                   \
  F(EVP_PKEY_Q_keygen)               \
  F(EVP_PKEY_free)                   \
  F(EVP_Q_digest)                    \
  F(EVP_sha256)                      \
  F(GENERAL_NAMES_free)              \
  F(HMAC)                            \
  F(OPENSSL_sk_num)                  \
  F(OPENSSL_sk_value)                \
  F(RAND_bytes)                      \
  F(X509V3_EXT_conf_nid)             \
  F(X509V3_set_ctx)                  \
  F(X509_EXTENSION_free)             \
  F(X509_NAME_add_entry_by_txt)      \
  F(X509_NAME_print_ex)              \
  F(X509_OBJECT_get_type)            \
  F(X509_STORE_CTX_get0_cert)        \
  F(X509_STORE_CTX_get_error)        \
  F(X509_STORE_CTX_get_ex_data)      \
  F(X509_STORE_CTX_set_error)        \
  F(X509_STORE_CTX_set_verify_cb)    \
  F(X509_STORE_get0_objects)         \
  F(X509_STORE_load_file)            \
  F(X509_STORE_load_path)            \
  F(X509_VERIFY_PARAM_set1_host)     \
  F(X509_VERIFY_PARAM_set1_ip_asc)   \
  F(X509_VERIFY_PARAM_set_flags)     \
  F(X509_VERIFY_PARAM_set_hostflags) \
  F(X509_add_ext)                    \
  F(X509_check_host)                 \
  F(X509_digest)                     \
  F(X509_free)                       \
  F(X509_get0_notAfter)              \
  F(X509_get0_notBefore)             \
  F(X509_get_ext_d2i)                \
  F(X509_get_issuer_name)            \
  F(X509_get_serialNumber)           \
  F(X509_get_subject_name)           \
  F(X509_getm_notAfter)              \
  F(X509_getm_notBefore)             \
  F(X509_gmtime_adj)                 \
  F(X509_new)                        \
  F(X509_set_issuer_name)            \
  F(X509_set_pubkey)                 \
  F(X509_set_version)                \
  F(X509_sign)                       \
  F(X509_verify_cert)                \
  F(X509_verify_cert_error_string)

namespace sock::wire::tls {

struct Functions {
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define SOCK_TLS_MEMBER(name) decltype(&::name) name = nullptr;
  SOCK_LIBSSL(SOCK_TLS_MEMBER)
  SOCK_LIBCRYPTO(SOCK_TLS_MEMBER)
#undef SOCK_TLS_MEMBER
};

// The first call maps the library. Throws TlsError (missing_library) when it is not there, or lacks
// a function.
const Functions& openssl();

// All reasons in this thread's error queue, the first cause first; it is empty then. `otherwise`
// where there is none.
std::string error_queue(const std::string& otherwise);

struct Free {
  void operator()(SSL_CTX* p) const noexcept { openssl().SSL_CTX_free(p); }
  void operator()(BIO_METHOD* p) const noexcept { openssl().BIO_meth_free(p); }
  void operator()(BIO* p) const noexcept { openssl().BIO_free(p); }
  void operator()(BIO_ADDR* p) const noexcept { openssl().BIO_ADDR_free(p); }
  void operator()(EVP_PKEY* p) const noexcept { openssl().EVP_PKEY_free(p); }
  void operator()(X509* p) const noexcept { openssl().X509_free(p); }
  void operator()(X509_EXTENSION* p) const noexcept { openssl().X509_EXTENSION_free(p); }
  void operator()(GENERAL_NAMES* p) const noexcept { openssl().GENERAL_NAMES_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

}  // namespace sock::wire::tls
