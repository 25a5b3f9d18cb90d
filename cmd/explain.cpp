#include "cmd/explain.hpp"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cmd/console.hpp"
#include "cmd/explain_proxy.hpp"
#include "cmd/explain_tls.hpp"
#include "cmd/limit_passed.hpp"
#include "cmd/values.hpp"
#include "io/socket_calls.hpp"
#include "sock/names.hpp"
#include "wire/lookup.hpp"
#include "wire/retry.hpp"

namespace sock::cmd {
namespace {

bool is_errno(const std::error_code& cause) noexcept {
  return cause.category() == std::generic_category() || cause.category() == std::system_category();
}

struct Cure {
  int cause;
  std::string_view text;
};

std::string_view look_up(std::span<const Cure> cures, int cause) noexcept {
  const auto found = std::find_if(cures.begin(), cures.end(),
                                  [&](const Cure& cure) { return cure.cause == cause; });
  return found == cures.end() ? std::string_view() : found->text;
}

constexpr std::array name_cures{
    Cure{EAI_NONAME, "check the spelling; no such host, or no such service (see /etc/services)"},
    Cure{EAI_AGAIN, "the name server did not answer; try again, or see /etc/resolv.conf"},
    Cure{EAI_FAIL, "the name server refused to answer; see /etc/resolv.conf"},
    Cure{EAI_NODATA, "the name has no address of that family; leave out -4 or -6"},
    Cure{EAI_ADDRFAMILY, "the name has no address of that family; leave out -4 or -6"},
    Cure{EAI_SERVICE, "no such service for that type of socket (see /etc/services)"},
    Cure{EAI_SOCKTYPE, "that type of socket has no names; see --type"},
    Cure{EAI_FAMILY, "an address of another family; leave out -4 or -6"},
    Cure{EAI_BADFLAGS, "those flags cannot go together; see --flags"},
};

constexpr std::array entry_cures{
    Cure{static_cast<int>(Errc::service_not_found), "see /etc/services"},
    Cure{static_cast<int>(Errc::port_not_found), "see /etc/services"},
    Cure{static_cast<int>(Errc::protocol_not_found), "see /etc/protocols"},
};

constexpr std::array connect_cures{
    Cure{ECONNREFUSED, "nothing listens there"},
    Cure{ECONNRESET, "the peer took the connection and dropped it at once"},
    Cure{ENOENT, "there is no such socket file"},
    Cure{EHOSTUNREACH, "no answer from that host or a router on the way; see 'ip route'"},
    Cure{ENETUNREACH, "this machine has no route to that network; see 'ip route'"},
    Cure{EADDRNOTAVAIL, "that is no address to connect to"},
    Cure{EPROTOTYPE, "the socket there has another type; see --type"},
    Cure{EPERM, "a firewall of this machine may forbid it"},
};

constexpr std::array bind_cures{
    Cure{EADDRNOTAVAIL, "this machine has no such address; see 'sock hostname --addresses'"},
    Cure{ENOENT, "the directory does not exist"},
};

constexpr std::array socket_cures{
    Cure{EAFNOSUPPORT, "this kernel does not have that family, or its module is not loaded"},
    Cure{EPROTONOSUPPORT, "that family does not have that type or protocol here"},
    Cure{ESOCKTNOSUPPORT, "that family does not have that type of socket"},
    Cure{EPERM, "raw and packet sockets need root or CAP_NET_RAW"},
    Cure{EACCES, "raw and packet sockets need root or CAP_NET_RAW"},
};

constexpr std::array adopt_cures{
    Cure{EBADF, "this program was started without that descriptor"},
    Cure{ENOTSOCK, "that descriptor is something else: a file, a pipe or a terminal"},
};

constexpr std::array option_cures{
    Cure{EPERM, "that option needs root or CAP_NET_ADMIN"},
    Cure{ENOPROTOOPT, "that kind of socket does not have this option"},
    Cure{EOPNOTSUPP, "that kind of socket does not have this option"},
    Cure{EPROTO, "only datagram sockets join groups"},
    Cure{ENODEV, "name an interface that there is, or for a group GROUP@IFACE"},
    Cure{EINVAL, "the value is out of range, or not for this kind of socket"},
};

constexpr std::array transfer_cures{
    Cure{EMSGSIZE, "the datagram is too large; UDP takes at most 65507 bytes"},
    Cure{EBADMSG, "it ends within a datagram: its length promised more; see --framing"},
};

// "[fe80::1%eth0]:22", "fe80::1%eth0": nobody is asked for it but for the interface.
bool has_zone(std::string_view subject) noexcept {
  if (subject.starts_with('[')) subject = subject.substr(1, subject.find(']') - 1);
  return subject.find('%') != subject.npos && wire::is_numeric(subject);
}

bool is_unix(std::string_view subject) noexcept { return subject.starts_with("unix:"); }

std::string bind_cure(int cause, std::string_view subject) {
  if (cause == EADDRINUSE) {
    if (is_unix(subject)) return "another program listens there, or the file is no socket";
    return fmt::format("another program listens there; choose another port or see 'ss -l{}np'",
                       subject.starts_with("udp") ? "u" : "t");
  }
  if (cause == EACCES) {
    return is_unix(subject) ? "the directory may not be written to"
                            : "ports below 1024 need root or CAP_NET_BIND_SERVICE";
  }
  return std::string(look_up(bind_cures, cause));
}

std::string connect_cure(int cause, std::string_view subject) {
  if (cause == ECONNREFUSED && is_unix(subject))
    return subject.starts_with("unix:@") ? "no program listens on that name"
                                         : "the socket file is there, but no program listens on it";
  if (cause == EACCES)
    return is_unix(subject) ? "that socket file may not be written to"
                            : "a route of this machine forbids it; see 'ip route'";
  return std::string(look_up(connect_cures, cause));
}

std::string cut_cure(const io::CutMessage& cut) {
  if (cut.size() == 0) return "lost a datagram, too large to be read at once: see --recv-size";
  return fmt::format("lost a datagram of {}, too large to be read at once: give --recv-size {}",
                     show_bytes(cut.size()), cut.size());
}

// What was not done within which of our own limits.
std::string limit_cure(const Error& error) {
  const auto* passed = dynamic_cast<const LimitPassed*>(&error);
  const std::string within = passed ? "within " + passed->limit() : "in time";
  const std::string_view operation = error.operation();
  if (operation == "connect")
    return "no answer " + within + ": the host is down, or a firewall drops the packets";
  if (operation == "ask proxy") return "no answer " + within;
  if (operation == "resolve")
    return fmt::format(
        "the name servers did not answer {}; see /etc/resolv.conf, or give it more time", within);
  return passed || operation == "TLS handshake with" ? "it was not done " + within : "";
}

std::string line_of(const Error& error) {
  return fmt::format("{}{}{}: {}", error.operation(), error.subject().empty() ? "" : " ",
                     printable(error.subject()), cause_of(error.code()));
}

std::string explain_group(const std::vector<Error>& errors) {
  std::string text, cure;
  for (const Error& error : errors) {
    if (!text.empty()) text += '\n';
    text += line_of(error);
    // One is enough: attempts mostly fail for the same reason.
    if (const std::string next = cure_of(error); !next.empty()) cure = next;
  }
  return cure.empty() ? text : text + "; " + cure;
}

}  // namespace

std::string cause_of(const std::error_code& cause) {
  if (cause == Errc::timed_out) return "timed out";
  std::string text = cause.message();
  // System messages begin with a capital; one that is an acronym keeps it.
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])))
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  if (cause.category() == gai_category())
    return fmt::format("{}: {}", names::text_or_number(names::Kind::eai, cause.value()), text);
  return text;
}

std::string cause_of(const Error& error) {
  const auto* proxy = dynamic_cast<const wire::ProxyError*>(&error);
  return proxy ? printable(proxy->cause()) : cause_of(error.code());
}

std::string cure_of(const Error& error) {
  const int cause = error.code().value();
  const std::string_view operation = error.operation();
  if (error.code().category() == gai_category()) {
    if (operation == "getnameinfo" && cause == EAI_NONAME) return "that address has no name";
    if (cause == EAI_NONAME && has_zone(error.subject()))
      return "there is no interface of that name; see 'ip link'";
    return std::string(look_up(name_cures, cause));
  }
  if (const auto* cut = dynamic_cast<const io::CutMessage*>(&error)) return cut_cure(*cut);
  if (error.code() == Errc::timed_out) return limit_cure(error);
  if (error.code().category() == error_category()) return std::string(look_up(entry_cures, cause));
  if (error.code() == std::errc::timed_out && operation == "connect")
    return "the host is down, or a firewall drops the packets";
  if (!is_errno(error.code())) return {};
  if (cause == EMFILE) return "raise the limit of open files with 'ulimit -n'";
  if (operation == "sethostname" && cause == EPERM)
    return "to set the name needs root or CAP_SYS_ADMIN";
  if (operation == "adopt") return std::string(look_up(adopt_cures, cause));
  if (operation == "enter the sandbox") return "--no-sandbox goes on without it";
  if (operation == "socket") return std::string(look_up(socket_cures, cause));
  if (operation == "set option") return std::string(look_up(option_cures, cause));
  if (operation == "bind" || operation == "listen") return bind_cure(cause, error.subject());
  if (operation == "connect") return connect_cure(cause, error.subject());
  return std::string(look_up(transfer_cures, cause));
}

std::string explain(const std::exception_ptr& failure) try {
  std::rethrow_exception(failure);
} catch (const std::exception& exception) {
  return explain(exception);
}

std::string explain(const std::exception& failure) {
  if (const auto* group = dynamic_cast<const ErrorGroup*>(&failure))
    return explain_group(group->errors());
  if (const auto* tls = dynamic_cast<const wire::TlsError*>(&failure)) return explain(*tls);
  if (const auto* proxy = dynamic_cast<const wire::ProxyError*>(&failure)) return explain(*proxy);
  if (const auto* gave_up = dynamic_cast<const wire::GaveUp*>(&failure))
    return fmt::format("{}; the last one:\n{}", printable(gave_up->what()),
                       explain(gave_up->last()));
  const auto* error = dynamic_cast<const Error*>(&failure);
  if (!error) return printable(failure.what());
  const std::string cure = cure_of(*error);
  return cure.empty() ? line_of(*error) : line_of(*error) + "; " + cure;
}

}  // namespace sock::cmd
