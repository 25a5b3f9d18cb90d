#include "wire/tls_library.hpp"

#include <dlfcn.h>

#include <system_error>
#include <utility>

#include "wire/tls_error.hpp"

namespace sock::wire::tls {

namespace {

[[noreturn]] void missing(const char* library) {
  const char* why = ::dlerror();
  throw TlsError(TlsErrc::missing_library, "load", library, why != nullptr ? why : "not found");
}

// Stays mapped: OpenSSL has threads' data and exit handlers of its own.
void* open_library(const char* name) {
  void* handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) missing(name);
  return handle;
}

template <class Function>
void find(void* handle, const char* library, const char* name, Function& function) {
  void* symbol = ::dlsym(handle, name);
  if (symbol == nullptr) missing(library);
  function = reinterpret_cast<Function>(symbol);
}

Functions load() {
  constexpr const char* libssl = "libssl.so.3";
  constexpr const char* libcrypto = "libcrypto.so.3";
  void* const ssl = open_library(libssl);
  void* const crypto = open_library(libcrypto);
  Functions all;
#define SOCK_TLS_FIND(name) find(ssl, libssl, #name, all.name);
  SOCK_LIBSSL(SOCK_TLS_FIND)
#undef SOCK_TLS_FIND
#define SOCK_TLS_FIND(name) find(crypto, libcrypto, #name, all.name);
  SOCK_LIBCRYPTO(SOCK_TLS_FIND)
#undef SOCK_TLS_FIND
  return all;
}

}  // namespace

const Functions& openssl() {
  static const Functions functions = load();
  return functions;
}

namespace {

std::string reason_of(unsigned long error) {
  if (ERR_SYSTEM_ERROR(error)) return std::system_category().message(ERR_GET_REASON(error));
  const char* reason = openssl().ERR_reason_error_string(error);
  return reason != nullptr ? reason : "error " + std::to_string(error);
}

}  // namespace

std::string error_queue(const std::string& otherwise) {
  std::string text, last;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long error =
             openssl().ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    std::string next = reason_of(error);
    // "PEM lib": what called the one that knows more.
    if (next == last || next.ends_with(" lib")) continue;
    if (!text.empty()) text += "; ";
    text += next;
    if ((flags & ERR_TXT_STRING) != 0 && *data != '\0') text.append(" (").append(data).append(")");
    last = std::move(next);
  }
  return text.empty() ? otherwise : text;
}

}  // namespace sock::wire::tls
