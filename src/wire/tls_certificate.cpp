#include "wire/tls_certificate.hpp"

#include <array>
#include <cstdint>
#include <ctime>
#include <string_view>

#include "wire/inet_bytes.hpp"
#include "wire/lookup.hpp"

namespace sock::wire::tls {

namespace {

std::string_view bytes_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(openssl().ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(openssl().ASN1_STRING_length(string))};
}

std::vector<std::string> names_of(const X509& certificate) {
  const Functions& ssl = openssl();
  const Owned<GENERAL_NAMES> all(static_cast<GENERAL_NAMES*>(
      ssl.X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  if (!all) return names;
  const auto* stack = reinterpret_cast<const OPENSSL_STACK*>(all.get());
  for (int i = 0; i < ssl.OPENSSL_sk_num(stack); ++i) {
    const auto* name = static_cast<const GENERAL_NAME*>(ssl.OPENSSL_sk_value(stack, i));
    std::string text;
    if (name->type == GEN_DNS) text = bytes_of(name->d.dNSName);
    if (name->type == GEN_IPADD) text = detail::inet_text(bytes_of(name->d.iPAddress));
    if (!text.empty()) names.push_back(std::move(text));
  }
  return names;
}

// RFC 2253: "CN=example.com,O=Example".
std::string name_text(const X509_NAME* name) {
  const Functions& ssl = openssl();
  const Owned<BIO> memory(ssl.BIO_new(ssl.BIO_s_mem()));
  if (!memory || ssl.X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* text = nullptr;
  const long size = ssl.BIO_ctrl(memory.get(), BIO_CTRL_INFO, 0, static_cast<void*>(&text));
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (openssl().ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

[[noreturn]] void fail() {
  throw TlsError(TlsErrc::setup, "make", "a self-signed certificate", error_queue("failed"));
}
void must(bool done) {
  if (!done) fail();
}

void add_extension(X509& certificate, int kind, const std::string& value) {
  const Functions& ssl = openssl();
  X509V3_CTX context{};
  ssl.X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(
      ssl.X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  must(extension && ssl.X509_add_ext(&certificate, extension.get(), -1) == 1);
}

}  // namespace

std::string fingerprint(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (openssl().X509_digest(&certificate, openssl().EVP_sha256(), hash.data(), &size) != 1)
    return {};
  std::string text = "sha256:";
  for (unsigned i = 0; i < size; ++i) {
    text += "0123456789abcdef"[hash[i] >> 4];
    text += "0123456789abcdef"[hash[i] & 15];
  }
  return text;
}

TlsCertificate describe(const X509& certificate) {
  const Functions& ssl = openssl();
  TlsCertificate result;
  result.names = names_of(certificate);
  result.subject = name_text(ssl.X509_get_subject_name(&certificate));
  result.issuer = name_text(ssl.X509_get_issuer_name(&certificate));
  result.not_before = time_of(ssl.X509_get0_notBefore(&certificate));
  result.not_after = time_of(ssl.X509_get0_notAfter(&certificate));
  result.fingerprint = fingerprint(certificate);
  ssl.ERR_clear_error();
  return result;
}

Identity make_self_signed(const std::vector<std::string>& names) {
  constexpr long hour = 3600, days = 30;
  const Functions& ssl = openssl();
  Identity made{Owned<X509>(ssl.X509_new()),
                Owned<EVP_PKEY>(ssl.EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"))};
  X509* const certificate = made.certificate.get();
  must(made.certificate && made.key);

  std::uint64_t serial = 0;
  must(ssl.RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  must(ssl.X509_set_version(certificate, X509_VERSION_3) == 1 &&
       ssl.ASN1_INTEGER_set_uint64(ssl.X509_get_serialNumber(certificate), serial >> 1) == 1 &&
       ssl.X509_gmtime_adj(ssl.X509_getm_notBefore(certificate), -hour) != nullptr &&
       ssl.X509_gmtime_adj(ssl.X509_getm_notAfter(certificate), days * 24 * hour) != nullptr &&
       ssl.X509_set_pubkey(certificate, made.key.get()) == 1);

  X509_NAME* const subject = ssl.X509_get_subject_name(certificate);
  must(ssl.X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>("sock, self-signed"),
                                      -1, -1, 0) == 1 &&
       ssl.X509_set_issuer_name(certificate, subject) == 1);
  std::string alternatives;
  for (const std::string& name : names)
    alternatives +=
        (alternatives.empty() ? "" : ",") + std::string(is_numeric(name) ? "IP:" : "DNS:") + name;
  if (!alternatives.empty()) add_extension(*certificate, NID_subject_alt_name, alternatives);
  add_extension(*certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(*certificate, NID_ext_key_usage, "serverAuth,clientAuth");
  must(ssl.X509_sign(certificate, made.key.get(), ssl.EVP_sha256()) > 0);
  return made;
}

}  // namespace sock::wire::tls
