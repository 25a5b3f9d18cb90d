#include "wire/candidates.hpp"

#include <linux/can.h>
#include <linux/tipc.h>
#include <netinet/in.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <variant>

#include "sock/error.hpp"
#include "sock/names.hpp"
#include "wire/about.hpp"
#include "wire/endpoint_prefix.hpp"
#include "wire/lookup.hpp"

// GCC 12's headers have it, older kernels' do not.
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

namespace sock::wire {

namespace {

bool is_inet(int family) noexcept { return family == AF_INET || family == AF_INET6; }

std::string prefix_of(int family, int type, int protocol) {
  // RDS has addresses of IPv4, by which alone it cannot be told.
  if (family == AF_RDS || (type == SOCK_SEQPACKET && protocol == 0)) return "rds:";
  if (type == SOCK_RAW) return "raw:";
  if (protocol == IPPROTO_SCTP) return "sctp:";
  if (protocol == IPPROTO_MPTCP) return "mptcp:";
  if (protocol == IPPROTO_UDPLITE) return "udplite:";
  return type == SOCK_DGRAM ? "udp:" : "";
}

// An endpoint, and what is chosen beside it, as the sockets they ask for.
class Maker {
 public:
  Maker(const Endpoint& endpoint, const SocketChoice& choice, Purpose purpose,
        const Deadline& deadline)
      : text_(to_string(endpoint)), choice_(choice), purpose_(purpose), deadline_(deadline) {}

  std::vector<Candidate> operator()(const InetEndpoint& e) const {
    const auto [type, protocol] = inet_kind(e.transport);
    return looked_up(e.host, e.port, AF_UNSPEC, type, protocol);
  }

  std::vector<Candidate> operator()(const RawEndpoint& e) const {
    if (!choice_.protocol) misuse("a raw socket needs --protocol");
    return looked_up(e.host, "0", AF_UNSPEC, one_of({SOCK_RAW}), *choice_.protocol);
  }

  std::vector<Candidate> operator()(const RdsEndpoint& e) const {
    no_family(AF_RDS);
    return looked_up(e.host, e.port, AF_RDS, one_of({SOCK_SEQPACKET}), own_protocol(0));
  }

  std::vector<Candidate> operator()(const UnixEndpoint& e) const {
    no_family(AF_UNIX);
    if (e.path.empty() && purpose_ == Purpose::connect)
      misuse("there is no socket without a name: write unix:PATH or unix:@NAME");
    const int type = one_of({SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET});
    return single(AF_UNIX, type, own_protocol(0), [&] { return Address::unix_(e.path); });
  }

  std::vector<Candidate> operator()(const VsockEndpoint& e) const {
    no_family(AF_VSOCK);
    const int type = one_of({SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET});
    return single(AF_VSOCK, type, own_protocol(0), [&] { return Address::vsock(e.cid, e.port); });
  }

  std::vector<Candidate> operator()(const CanEndpoint& e) const {
    no_family(AF_CAN);
    if (e.broadcast_manager && purpose_ == Purpose::listen)
      misuse("the broadcast manager can only be connected to: use connect, or listen on can:");
    return single(AF_CAN, one_of({e.broadcast_manager ? SOCK_DGRAM : SOCK_RAW}),
                  own_protocol(e.broadcast_manager ? CAN_BCM : CAN_RAW),
                  [&] { return Address::can(e.interface); });
  }

  std::vector<Candidate> operator()(const IsotpEndpoint& e) const {
    no_family(AF_CAN);
    return single(AF_CAN, one_of({SOCK_DGRAM}), own_protocol(CAN_ISOTP),
                  [&] { return Address::can_isotp(e.interface, e.rx, e.tx); });
  }

  std::vector<Candidate> operator()(const PacketEndpoint& e) const {
    no_family(AF_PACKET);
    if (choice_.protocol) misuse("the protocol stands in the address: packet:IFACE:PROTO");
    // packet(7): in network order here, in host order in the address's maker.
    return single(AF_PACKET, one_of({SOCK_RAW, SOCK_DGRAM}), htons(e.protocol),
                  [&] { return Address::packet(e.interface, e.protocol); });
  }

  // A stream unless told otherwise: what holds for every other family, and the one type whose two
  // ends cannot disagree about where a message ends.
  std::vector<Candidate> operator()(const TipcEndpoint& e) const {
    no_family(AF_TIPC);
    const bool bind = purpose_ == Purpose::listen;
    if (bind && e.identity)
      misuse("an identity is the system's to give: listen on tipc:TYPE:INSTANCE");
    TipcAddress address{TIPC_ADDR_NAME, e.type, e.instance, 0, TIPC_CLUSTER_SCOPE};
    if (bind) address = {TIPC_ADDR_NAMESEQ, e.type, e.instance, e.instance, TIPC_CLUSTER_SCOPE};
    if (e.identity) address = {TIPC_ADDR_ID, e.type, e.instance, 0, 0};
    return single(AF_TIPC, one_of({SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM, SOCK_RDM}),
                  own_protocol(0), [&] { return Address::tipc(address); });
  }

  std::vector<Candidate> operator()(const FdEndpoint&) const { return {}; }

 private:
  [[noreturn]] void misuse(std::string_view what) const {
    throw UsageError(text_ + ": " + std::string(what));
  }

  void no_family(int own) const {
    if (choice_.family && *choice_.family != own)
      misuse("this address has its own family: leave out -4, -6 and --family");
  }

  // The type asked for, or the first of those that the address can have.
  int one_of(std::initializer_list<int> types) const {
    if (choice_.udp && choice_.type && *choice_.type != SOCK_DGRAM)
      misuse("--udp and --type contradict each other");
    const int type = choice_.udp ? SOCK_DGRAM : choice_.type.value_or(*types.begin());
    if (std::find(types.begin(), types.end(), type) != types.end()) return type;
    std::string known;
    for (const int t : types) {
      known += known.empty() ? "" : " or ";
      known += names::text(names::Kind::type, t);
    }
    misuse("this address has sockets of type " + known + (choice_.udp ? ": leave out --udp" : ""));
  }

  int own_protocol(int own) const {
    if (choice_.protocol && *choice_.protocol != own)
      misuse("this address has its own protocol: leave out --protocol");
    return own;
  }

  std::pair<int, int> inet_kind(Transport transport) const {
    switch (transport) {
      case Transport::sctp:
        return {one_of({SOCK_STREAM, SOCK_SEQPACKET}), own_protocol(IPPROTO_SCTP)};
      case Transport::mptcp:
        return {one_of({SOCK_STREAM}), own_protocol(IPPROTO_MPTCP)};
      case Transport::udplite:
        return {one_of({SOCK_DGRAM}), own_protocol(IPPROTO_UDPLITE)};
      case Transport::udp:
        return {one_of({SOCK_DGRAM}), choice_.protocol.value_or(IPPROTO_UDP)};
      case Transport::tls:
        return {one_of({SOCK_STREAM}), own_protocol(IPPROTO_TCP)};
      default:
        break;
    }
    if (choice_.type == SOCK_RAW) misuse("raw sockets have no ports: write raw:HOST");
    const int type = one_of({SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RDM});
    const int usual = type == SOCK_STREAM ? IPPROTO_TCP : type == SOCK_DGRAM ? IPPROTO_UDP : 0;
    return {type, choice_.protocol.value_or(usual)};
  }

  template <class Make>
  std::vector<Candidate> single(int family, int type, int protocol, Make make) const {
    return {{family, type, protocol, about(text_, make), text_}};
  }

  // socket_family: of the sockets, where it is not the addresses' own.
  std::vector<Candidate> looked_up(const std::string& host, const std::string& port,
                                   int socket_family, int type, int protocol) const {
    const int wanted = socket_family == AF_UNSPEC ? choice_.family.value_or(AF_UNSPEC) : AF_UNSPEC;
    if (wanted != AF_UNSPEC && !is_inet(wanted))
      misuse("a host has addresses of the families AF_INET and AF_INET6");
    Question question;
    if (!host.empty()) question.host = host;
    question.service = port;
    question.family = wanted;
    // getaddrinfo(3) refuses types and protocols it does not know, and the address is the same.
    question.type = type == SOCK_STREAM || type == SOCK_SEQPACKET ? SOCK_STREAM : SOCK_DGRAM;
    question.flags = purpose_ == Purpose::listen ? AI_PASSIVE : 0;

    std::vector<Candidate> result;
    for (const AddressInfo& found : look_up(question, deadline_)) {
      const auto same = [&](const Candidate& c) { return c.address == found.address; };
      if (std::any_of(result.begin(), result.end(), same)) continue;
      const int family = socket_family == AF_UNSPEC ? found.family : socket_family;
      result.push_back(
          {family, type, protocol, found.address, shown(found.address, family, type, protocol)});
    }
    if (host.empty() && purpose_ == Purpose::listen)
      std::stable_partition(result.begin(), result.end(),
                            [](const Candidate& c) { return c.family == AF_INET6; });
    return result;
  }

  std::string text_;
  const SocketChoice& choice_;
  Purpose purpose_;
  const Deadline& deadline_;
};

}  // namespace

std::vector<Candidate> candidates(const Endpoint& endpoint, const SocketChoice& choice,
                                  Purpose purpose, const Deadline& deadline) {
  return std::visit(Maker(endpoint, choice, purpose, deadline), endpoint);
}

std::vector<Candidate> candidates(const Endpoint& endpoint, const SocketChoice& choice,
                                  Purpose purpose, const Deadline& deadline,
                                  io::Observer& observer) {
  const std::string_view name = name_in(endpoint);
  if (name.empty()) return candidates(endpoint, choice, purpose, deadline);
  observer.resolving(name);
  const auto start = std::chrono::steady_clock::now();
  std::vector<Candidate> found = candidates(endpoint, choice, purpose, deadline);
  observer.resolved(name, found.size(), std::chrono::steady_clock::now() - start);
  return found;
}

bool takes_connections(int family, int type, int protocol) noexcept {
  if (type == SOCK_STREAM) return true;
  return type == SOCK_SEQPACKET && family != AF_RDS && protocol != IPPROTO_SCTP;
}

bool takes_connections(const Socket& socket) noexcept {
  return takes_connections(socket.family(), socket.type(), socket.proto());
}

std::string_view name_in(const Endpoint& endpoint) noexcept {
  std::string_view host;
  if (const auto* inet = std::get_if<InetEndpoint>(&endpoint)) host = inet->host;
  if (const auto* rds = std::get_if<RdsEndpoint>(&endpoint)) host = rds->host;
  if (const auto* raw = std::get_if<RawEndpoint>(&endpoint)) host = raw->host;
  return is_numeric(host) ? std::string_view() : host;
}

bool asks_somebody(const Endpoint& endpoint) noexcept {
  std::string_view port;
  if (const auto* inet = std::get_if<InetEndpoint>(&endpoint)) port = inet->port;
  if (const auto* rds = std::get_if<RdsEndpoint>(&endpoint)) port = rds->port;
  return !name_in(endpoint).empty() || !is_number(port);
}

std::string shown(const Address& address, int family, int type, int protocol) {
  std::string text = to_string(address, protocol);
  if (!is_inet(address.family())) return text;
  const std::string prefix = prefix_of(family, type, protocol);
  return prefix + (prefix == "raw:" ? text.substr(0, text.rfind(':')) : text);
}

Address with_port(const Address& a, std::uint16_t port) {
  if (a.family() == AF_INET) return Address::inet(a.host(), port);
  return Address::inet6(a.host(), port, a.flowinfo(), a.scope_id());
}

Address local_address(const Socket& socket) try {
  return socket.getsockname();
} catch (const Error& error) {
  if (error.code() != std::errc::operation_not_supported) throw;
  return {};
}

std::string shown(const Address& address, const Socket& socket) {
  return shown(address, socket.family(), socket.type(), socket.proto());
}

}  // namespace sock::wire
