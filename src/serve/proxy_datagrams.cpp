#include "serve/proxy_datagrams.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "io/socket_calls.hpp"
#include "serve/proxy_address.hpp"
#include "serve/proxy_handshake.hpp"
#include "serve/sessions.hpp"
#include "sock/error.hpp"
#include "wire/candidates.hpp"
#include "wire/lookup.hpp"
#include "wire/socks.hpp"

namespace sock::serve {

namespace {

constexpr int fair_reads = 64;
constexpr std::size_t most_known = 256;   // addresses that may answer
constexpr std::size_t header_room = 512;  // bytes; the longest header is shorter

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Socket bound_socket(const Address& at) {
  Socket socket(at.family(), SOCK_DGRAM);
  socket.settimeout(std::chrono::seconds(0));
  if (at.family() == AF_INET6) socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  socket.bind(at);
  return socket;
}

}  // namespace

bool DatagramToll::takes(std::span<const std::byte> datagram, io::Clock::time_point now) noexcept {
  if (exhausted() || datagram.size() > largest_ || !pace_.allowed(datagram, true, now))
    return false;
  pace_.passed(datagram, true, now);
  left_ -= std::min<std::uint64_t>(left_, datagram.size());
  return true;
}

ProxyDatagrams::ProxyDatagrams(const Visit& visit, const Address& at, const Address& client,
                               const Permits& permits, const io::RelayOptions& relay, Calls calls)
    : visit_(visit),
      client_(client),
      permits_(permits),
      out_(relay.out_shape, relay.buffer_size),
      in_(relay.in_shape, relay.buffer_size),
      calls_(std::move(calls)),
      near_(bound_socket(wire::with_port(at, 0))),
      names_(visit.sessions().loop(), permits, [this](const std::string& data, const Address& to) {
        if (to) pass_on(data, to);
      }) {
  near_watch_ = visit.sessions().loop().watch(near_, io::Interest::read, "datagrams of a client",
                                              [this](io::Ready) { return on_client(); });
}

bool ProxyDatagrams::on_client() {
  const auto room = visit_.sessions().scratch();
  for (int reads = 0; reads < fair_reads; ++reads) try {
      Address from;
      const io::Attempt attempt = io::receive_datagram(near_, room, visit_.name(), &from);
      if (attempt.kind != io::Attempt::Kind::moved) return reads > 0;
      if (client_.port() == 0 && from == wire::with_port(client_, from.port())) client_ = from;
      if (from == client_) from_client(room.first(attempt.bytes));
    } catch (const Error&) {  // it cannot be passed on: it is lost, as datagrams are
    }
  return true;
}

void ProxyDatagrams::from_client(std::span<const std::byte> datagram) {
  const auto parsed = wire::parse_socks_datagram(text_of(datagram));
  if (!parsed) return;
  const auto bytes = datagram.subspan(parsed->data);
  if (!out_.takes(bytes, visit_.sessions().loop().now())) return;
  const auto data = text_of(bytes);
  counts_.received += data.size();
  calls_.moved();
  if (wire::is_numeric(parsed->address.host)) {
    const Address to = address_of(parsed->address);
    if (known_.contains(to) || permits_.allows("", to)) pass_on(data, to);
  } else if (may_be_host(parsed->address.host) &&
             !names_.send(parsed->address, std::string(data))) {
    visit_.sessions().observer().lost(visit_.name(), "a datagram: too many names are looked up");
  }
}

void ProxyDatagrams::pass_on(std::string_view data, const Address& to) {
  Socket& socket = socket_for(to.family());
  if (known_.insert(to).second) order_.push_back(to);
  if (known_.size() > most_known) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  (void)io::send_to(socket, Socket::bytes(data), visit_.name(), to);
}

Socket& ProxyDatagrams::socket_for(int family) {
  const bool six = family == AF_INET6;
  std::optional<Socket>& socket = six ? far6_ : far4_;
  if (socket) return *socket;
  socket = bound_socket(six ? Address::inet6("::", 0) : Address::inet("0.0.0.0", 0));
  (six ? far6_watch_ : far4_watch_) = visit_.sessions().loop().watch(
      *socket, io::Interest::read, "datagrams for a client",
      [this, from = &*socket](io::Ready) { return on_answer(*from); });
  return *socket;
}

// The header takes its place before the data, which stays where it was read.
bool ProxyDatagrams::on_answer(Socket& socket) {
  const auto room = visit_.sessions().scratch();
  for (int reads = 0; reads < fair_reads; ++reads) try {
      Address from;
      const io::Attempt attempt =
          io::receive_datagram(socket, room.subspan(header_room), visit_.name(), &from);
      if (attempt.kind != io::Attempt::Kind::moved) return reads > 0;
      if (client_.port() == 0 || !known_.contains(from)) continue;
      if (!in_.takes(room.subspan(header_room, attempt.bytes), visit_.sessions().loop().now()))
        continue;
      const bool last = in_.exhausted();
      const std::string header = wire::socks_datagram_header({from.host(), from.port()});
      const auto whole = room.subspan(header_room - header.size(), header.size() + attempt.bytes);
      std::copy_n(reinterpret_cast<const std::byte*>(header.data()), header.size(), whole.begin());
      if (io::send_to(near_, whole, visit_.name(), client_).kind == io::Attempt::Kind::moved) {
        counts_.sent += attempt.bytes;
        calls_.moved();
      }
      if (last) return calls_.enough(), true;
    } catch (const Error&) {  // it cannot be sent, or the system tells of one that was not
    }
  return true;
}

}  // namespace sock::serve
