#include "cmd/flags_socket.hpp"

#include <variant>

#include "cmd/values.hpp"
#include "wire/can.hpp"
#include "wire/endpoint_prefix.hpp"
#include "wire/group.hpp"

namespace sock::cmd {
namespace {

std::optional<int> family_of(const SocketFlags& flags) {
  if (flags.ipv4 + flags.ipv6 + flags.family.has_value() > 1)
    throw UsageError("-4, -6 and --family: only one of them can be given");
  if (flags.ipv4) return AF_INET;
  if (flags.ipv6) return AF_INET6;
  if (!flags.family) return std::nullopt;
  return value_of("--family", *flags.family,
                  [](auto text) { return parse_name(names::Kind::family, "family", text); });
}

std::optional<int> type_of(const SocketFlags& flags) {
  if (!flags.type) return std::nullopt;
  const int type = value_of("--type", *flags.type,
                            [](auto text) { return parse_name(names::Kind::type, "type", text); });
  if (flags.udp && type != SOCK_DGRAM) throw UsageError("--udp and --type: UDP is of type dgram");
  return type;
}

// SO_BINDTODEVICE means something where packets leave through an interface of the system's choice.
wire::SocketOption bound_to(const std::string& interface, const wire::Endpoint& address) {
  if (!std::holds_alternative<wire::InetEndpoint>(address) &&
      !std::holds_alternative<wire::RawEndpoint>(address))
    throw UsageError(to_string(address) + ": --interface is for addresses of IPv4 and IPv6");
  if (interface.empty()) throw UsageError("--interface '': expected the name of an interface");
  return parse_socket_option("SO_BINDTODEVICE=" + interface);
}

}  // namespace

void add_socket_flags(Options& options, SocketFlags& flags) {
  const char* group = "Which socket";
  options.add_flag("-4", &flags.ipv4, "IPv4 only").group(group);
  options.add_flag("-6", &flags.ipv6, "IPv6 only").group(group);
  options.add_flag("-u,--udp", &flags.udp, "UDP instead of TCP").group(group);
  options.add_option("--type", &flags.type, "Socket type, where the address leaves it open")
      .type_name("stream|dgram|seqpacket|raw|rdm")
      .group(group);
  options.add_option("--protocol", &flags.protocol, "Protocol, by name (udplite) or number")
      .type_name("NAME")
      .group(group);
  options.add_option("--family", &flags.family, "Address family of names, by name or number")
      .type_name("NAME")
      .group(group);
  options
      .add_option("--interface", &flags.interface, "Send and receive through this interface alone")
      .type_name("IFACE")
      .group(group);
  options
      .add_option("--option", &flags.options,
                  "Set a socket option: SO_RCVBUF=1M, TCP_NODELAY, IP_TTL=3; may be repeated")
      .type_name("NAME[=VALUE]")
      .group(group);
  options
      .add_flag("--nonblocking", &flags.nonblocking,
                "Give a COMMAND its socket in non-blocking mode")
      .group(group);
  options
      .add_option("--can-filter", &flags.can_filters,
                  "Take only these CAN frames: 123:7FF, all but these: 123~7FF, and these classes "
                  "of errors: #1FFFFFFF; may be repeated")
      .type_name("FILTER,...")
      .group(group);
  options
      .add_option("--join", &flags.groups,
                  "Join a multicast group, on this interface: 239.1.2.3, ff02::fb@eth0; may be "
                  "repeated")
      .type_name("GROUP[@IFACE]")
      .group(group);
}

Timeout socket_mode(const SocketFlags& flags, const std::vector<std::string>& command) {
  if (!flags.nonblocking) return {};
  if (command.empty())
    throw UsageError("--nonblocking: it is the mode in which a '-- COMMAND' gets its socket");
  return std::chrono::seconds(0);
}

wire::SocketChoice socket_choice(const SocketFlags& flags) {
  wire::SocketChoice choice;
  choice.family = family_of(flags);
  if (!choice.family && !flags.groups.empty())
    choice.family = value_of("--join", flags.groups.front(), wire::parse_group).address.family();
  choice.type = type_of(flags);
  choice.udp = flags.udp;
  if (flags.protocol) {
    choice.protocol = value_of("--protocol", *flags.protocol, [&](auto text) {
      return parse_name(names::Kind::protocol, "protocol", text, choice.family.value_or(0));
    });
  }
  return choice;
}

void refuse_contradiction(std::string_view address, const wire::SocketChoice& choice) {
  const bool stream = !choice.udp && choice.type.value_or(SOCK_STREAM) == SOCK_STREAM;
  const std::size_t colon = address.find(':');
  if (stream || colon == address.npos ||
      wire::detail::find_prefix(address.substr(0, colon)) != wire::detail::Prefix::tcp)
    return;
  throw UsageError(std::string(address) + ": this address has sockets of type SOCK_STREAM" +
                   (choice.udp ? ": leave out --udp" : ": leave out --type"));
}

std::vector<wire::SocketOption> socket_options(const SocketFlags& flags,
                                               const wire::Endpoint& address) {
  std::vector<wire::SocketOption> options;
  if (flags.interface) options.push_back(bound_to(*flags.interface, address));
  for (const std::string& text : flags.options)
    options.push_back(value_of("--option", text, parse_socket_option));
  if (!flags.can_filters.empty()) {
    // The system's option has all filters at once.
    std::string all;
    for (const std::string& text : flags.can_filters) all += (all.empty() ? "" : ",") + text;
    const auto filters = value_of("--can-filter", all, wire::can_filter_options);
    options.insert(options.end(), filters.begin(), filters.end());
  }
  for (const std::string& text : flags.groups) {
    const auto join = wire::join_options(value_of("--join", text, wire::parse_group));
    options.insert(options.end(), join.begin(), join.end());
  }
  return options;
}

}  // namespace sock::cmd
