#include "cmd/flags_tls.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <variant>

#include "cmd/values.hpp"
#include "wire/lookup.hpp"

namespace sock::cmd {
namespace {

using wire::TlsPlan;
using Side = TlsPlan::Side;
using Trust = TlsPlan::Trust;

std::string parse_pin(std::string_view text) {
  constexpr std::string_view prefix = "sha256:";
  std::string pin(prefix);
  if (text.starts_with(prefix)) {
    for (const char c : text.substr(prefix.size())) {
      if (c == ':') continue;  // as openssl(1) writes it
      pin += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  const bool hexadecimal =
      pin.find_first_not_of("0123456789abcdef", prefix.size()) == std::string::npos;
  if (pin.size() == prefix.size() + 64 && hexadecimal) return pin;
  throw UsageError("'" + std::string(text) + "': expected sha256: and 64 hexadecimal digits");
}

std::vector<std::string> parse_alpn(std::string_view text) {
  std::vector<std::string> protocols;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    protocols.emplace_back(text.substr(at, comma - at));
    if (protocols.back().empty() || protocols.back().size() > 255)
      throw UsageError("'" + std::string(text) +
                       "': expected protocols of 1 to 255 bytes between commas: h2,http/1.1");
    at = comma + 1;
  }
  return protocols;
}

TlsPlan::Version parse_version(std::string_view text) {
  if (text == "1.2") return TlsPlan::Version::v1_2;
  if (text == "1.3") return TlsPlan::Version::v1_3;
  throw UsageError("'" + std::string(text) + "': expected 1.2 or 1.3");
}

// One option that needs TLS, for the message about that; "" when none is given.
std::string option_given(const TlsFlags& flags) {
  struct Given {
    bool given;
    const char* option;
  };
  const std::array all{Given{!flags.certs.empty(), "cert"},
                       Given{!flags.keys.empty(), "key"},
                       Given{!flags.pins.empty(), "pin"},
                       Given{flags.alpn.has_value(), "alpn"},
                       Given{flags.minimum.has_value(), "tls-min"},
                       Given{flags.ca.has_value(), "ca"},
                       Given{flags.server_name.has_value(), "server-name"},
                       Given{flags.insecure, "insecure"},
                       Given{flags.client_ca.has_value(), "client-ca"},
                       Given{flags.self_signed, "self-signed"}};
  const auto first = std::find_if(all.begin(), all.end(), [](const Given& g) { return g.given; });
  return first == all.end() ? std::string() : flags.prefix + first->option;
}

std::string host_of(const wire::Endpoint& endpoint) {
  const auto* inet = std::get_if<wire::InetEndpoint>(&endpoint);
  return inet ? inet->host : std::string();
}

bool is_stream(const wire::Endpoint& endpoint, const wire::SocketChoice& choice) {
  if (choice.udp || choice.type.value_or(SOCK_STREAM) != SOCK_STREAM) return false;
  if (const auto* inet = std::get_if<wire::InetEndpoint>(&endpoint))
    return inet->transport != wire::Transport::udp && inet->transport != wire::Transport::udplite;
  return std::holds_alternative<wire::UnixEndpoint>(endpoint) ||
         std::holds_alternative<wire::VsockEndpoint>(endpoint) ||
         std::holds_alternative<wire::TipcEndpoint>(endpoint) ||
         std::holds_alternative<wire::FdEndpoint>(endpoint);
}

bool is_udp(const wire::Endpoint& endpoint, const wire::SocketChoice& choice) {
  const auto* inet = std::get_if<wire::InetEndpoint>(&endpoint);
  if (!inet || choice.type.value_or(SOCK_DGRAM) != SOCK_DGRAM) return false;
  return inet->transport == wire::Transport::udp ||
         (inet->transport == wire::Transport::tcp && choice.udp);
}

std::vector<wire::TlsIdentity> identities(const TlsFlags& flags, Side side) {
  if (flags.certs.size() != flags.keys.size() && !flags.keys.empty())
    throw UsageError(
        flags.prefix + "cert and " + flags.prefix +
        "key: as many of one as of the other, or every key in the file of its certificate");
  if (side == Side::client && flags.certs.size() > 1)
    throw UsageError(flags.prefix + "cert: a client has one certificate");
  std::vector<wire::TlsIdentity> all;
  for (std::size_t i = 0; i < flags.certs.size(); ++i)
    all.push_back({flags.certs[i], flags.keys.empty() ? std::string() : flags.keys[i]});
  return all;
}

void choose_trust(const TlsFlags& flags, TlsPlan& plan) {
  const bool client = plan.side == Side::client;
  const auto& path = client ? flags.ca : flags.client_ca;
  if (flags.insecure + !flags.pins.empty() + path.has_value() > 1)
    throw UsageError(flags.prefix +
                     (client ? "ca, " + flags.prefix + "pin and " + flags.prefix + "insecure"
                             : "client-ca and " + flags.prefix + "pin") +
                     ": only one of them can be given");
  plan.trust = client && !flags.insecure ? Trust::system : Trust::anyone;
  if (path) {
    plan.trust = Trust::path;
    plan.trust_path = *path;
  }
  if (flags.pins.empty()) return;
  plan.trust = Trust::pins;
  for (const std::string& pin : flags.pins)
    plan.pins.push_back(value_of(flags.prefix + "pin", pin, parse_pin));
}

// What is certified is a name without the root's dot, in ASCII.
std::string certified(std::string name, const TlsFlags& flags) {
  if (name.size() > 1 && name.ends_with('.')) name.pop_back();
  if (std::any_of(name.begin(), name.end(), [](char c) { return (c & 0x80) != 0; }))
    throw UsageError("'" + name + "': TLS needs the name in ASCII: give " + flags.prefix +
                     "server-name xn--...");
  return name;
}

std::string name_of_peer(const TlsFlags& flags, const wire::Endpoint& endpoint, Trust trust) {
  if (flags.server_name) return certified(*flags.server_name, flags);
  const auto* inet = std::get_if<wire::InetEndpoint>(&endpoint);
  if (inet) return inet->host.empty() ? "localhost" : certified(inet->host, flags);
  if (trust == Trust::system || trust == Trust::path)
    throw UsageError(flags.prefix + "tls: " + wire::to_string(endpoint) +
                     " has no host whose certificate is expected: give " + flags.prefix +
                     "server-name or " + flags.prefix + "pin");
  return {};
}

// Who is asked for, most likely.
std::vector<std::string> own_names(const TlsFlags& flags, const wire::Endpoint& endpoint) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  std::string host = host_of(endpoint);
  host.resize(std::min(host.find('%'), host.size()));
  if (!host.empty() && std::find(names.begin(), names.end(), host) == names.end())
    names.push_back(certified(std::move(host), flags));
  return names;
}

}  // namespace

void add_tls_flags(Options& options, TlsFlags& flags, Side side) {
  const bool client = side == Side::client, onward = flags.prefix == onward_prefix;
  const char* group = onward ? "TLS with the ADDRESS of --to" : "TLS";
  struct Names {
    const char* name;
    const char* onward = nullptr;
  };
  const auto add = [&](const Names& names, auto* value, const char* help, const char* type) {
    options.add_option(onward ? names.onward : names.name, value, help)
        .type_name(type)
        .group(group);
  };
  const auto add_flag = [&](const Names& names, bool* value, const char* help) {
    options.add_flag(onward ? names.onward : names.name, value, help).group(group);
  };
  add_flag({"--tls", "--to-tls"}, &flags.tls, "Speak TLS, as the prefix tls: of ADDRESS does");
  if (client) {
    add({"--ca", "--to-ca"}, &flags.ca,
        "Trust the certificates in this file or directory, not the system's", "PATH");
    add({"--server-name", "--to-server-name"}, &flags.server_name,
        "Whom the certificate has to be for, where that is not the host of ADDRESS", "NAME");
  }
  add({"--pin", "--to-pin"}, &flags.pins,
      client ? "Accept the certificate with this fingerprint and no other, whatever it says; may "
               "be repeated"
             : "Let in the client with this certificate and no other, whatever it says; may be "
               "repeated",
      "sha256:HEX");
  if (client) {
    add_flag({"--insecure", "--to-insecure"}, &flags.insecure, "Accept any certificate of anyone");
  } else {
    add({"--client-ca"}, &flags.client_ca,
        "Let in clients only whose certificate these have signed", "PATH");
  }
  add({"--cert", "--to-cert"}, &flags.certs,
      client ? "Our certificate, where the server wants one: a PEM file"
             : "Our certificate and its chain: a PEM file; repeated, the name that a client asks "
               "for chooses",
      "FILE");
  add({"--key", "--to-key"}, &flags.keys,
      "The key of the certificate, where it is not in the same file", "FILE");
  if (!client)
    add_flag({"--self-signed"}, &flags.self_signed,
             "Make a certificate for this run, and say its --pin");
  add({"--alpn", "--to-alpn"}, &flags.alpn,
      client ? "Protocols to offer, the most wanted first: h2,http/1.1"
             : "Protocols to agree to, the most wanted first: h2,http/1.1",
      "LIST");
  add({"--tls-min", "--to-tls-min"}, &flags.minimum,
      "The oldest version to speak; 1.2 when not given", "1.2|1.3");
}

bool is_tls(const wire::Endpoint& endpoint) noexcept {
  const auto* inet = std::get_if<wire::InetEndpoint>(&endpoint);
  return inet && inet->transport == wire::Transport::tls;
}

void refuse_without_tls(const TlsFlags& flags) {
  if (const std::string option = option_given(flags); !option.empty())
    throw UsageError(option + ": there is no TLS: give " + flags.prefix +
                     "tls, or write tls: before the address");
}

std::optional<TlsPart> tls_part(const TlsFlags& flags, Side side, const wire::Endpoint& endpoint,
                                const wire::SocketChoice& choice) {
  if (!flags.tls && !is_tls(endpoint)) {
    refuse_without_tls(flags);
    return std::nullopt;
  }
  TlsPart part;
  part.plan.datagrams = is_udp(endpoint, choice);
  if (!part.plan.datagrams && !is_stream(endpoint, choice))
    throw UsageError(flags.prefix + "tls: TLS is spoken over streams and UDP");
  part.plan.side = side;
  part.plan.onward = flags.prefix == onward_prefix;
  choose_trust(flags, part.plan);
  part.plan.identities = identities(flags, side);
  if (flags.alpn) part.plan.alpn = value_of(flags.prefix + "alpn", *flags.alpn, parse_alpn);
  if (flags.minimum)
    part.plan.minimum = value_of(flags.prefix + "tls-min", *flags.minimum, parse_version);
  if (part.plan.datagrams && part.plan.minimum == TlsPlan::Version::v1_3)
    throw UsageError(flags.prefix + "tls-min 1.3: over datagrams it is DTLS 1.2 that is spoken");
  if (side == Side::client) {
    part.peer_name = name_of_peer(flags, endpoint, part.plan.trust);
  } else if (flags.self_signed == !flags.certs.empty()) {
    throw UsageError("--tls: a listener shows a certificate: give either --cert or --self-signed");
  } else if (flags.self_signed) {
    part.plan.self_signed = own_names(flags, endpoint);
  }
  return part;
}

}  // namespace sock::cmd
