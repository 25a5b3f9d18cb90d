// Options about TLS: whom to trust, and who we are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/options.hpp"
#include "wire/candidates.hpp"
#include "wire/endpoint.hpp"
#include "wire/tls_context.hpp"

namespace sock::cmd {

// The names of options begin with it: those of a listener about whom it forwards to are apart from
// those about its peers.
inline constexpr const char* onward_prefix = "--to-";

struct TlsFlags {
  std::string prefix = "--";
  bool tls = false;
  std::vector<std::string> certs = {}, keys = {}, pins = {};
  std::optional<std::string> alpn = {}, minimum = {};
  // connect
  std::optional<std::string> ca = {}, server_name = {};
  bool insecure = false;
  // listen
  std::optional<std::string> client_ca = {};
  bool self_signed = false;
};

void add_tls_flags(Options&, TlsFlags&, wire::TlsPlan::Side);

bool is_tls(const wire::Endpoint&) noexcept;

// Throws UsageError for an option that needs TLS, where there is none.
void refuse_without_tls(const TlsFlags&);

struct TlsPart {
  wire::TlsPlan plan;
  std::string peer_name;  // whom the peer has to be; "": anyone that is trusted
  bool operator==(const TlsPart&) const = default;
};

// None where neither the address nor the options ask for TLS. Throws UsageError.
std::optional<TlsPart> tls_part(const TlsFlags&, wire::TlsPlan::Side, const wire::Endpoint&,
                                const wire::SocketChoice&);

}  // namespace sock::cmd
