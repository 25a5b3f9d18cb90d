#include "wire/dns_client.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "sock/error.hpp"
#include "sock/socket.hpp"
#include "wire/about.hpp"
#include "wire/inet_bytes.hpp"

namespace sock::wire {

namespace {

using Clock = Deadline::Clock;

// Datagrams get lost.
constexpr std::chrono::seconds patience{1};
constexpr std::size_t largest = std::numeric_limits<std::uint16_t>::max();

// Hard to guess, so that nobody else can answer.
std::uint16_t new_id() {
  std::uint16_t id = 0;
  if (::getrandom(&id, sizeof id, 0) == sizeof id) return id;
  const int err = errno;
  throw_errno(err, "getrandom");
}

// Until the earlier of the two; throws when the deadline has passed.
Timeout left(const Deadline& deadline, Clock::time_point until = Clock::time_point::max()) {
  const auto now = Clock::now();
  if (deadline.at() <= now) throw_error(Errc::timed_out, "ask");
  const auto end = std::min(deadline.at(), until);
  if (end == Clock::time_point::max()) return {};
  return std::max<Clock::duration>(end - now, std::chrono::nanoseconds(1));
}

std::optional<DnsAnswer> answer_until(Socket& socket, const DnsQuestion& question, std::uint16_t id,
                                      const Deadline& deadline, Clock::time_point until) {
  std::vector<std::byte> buffer(largest);
  for (;;) {
    socket.settimeout(left(deadline, until));
    std::size_t size = 0;
    try {
      size = socket.recv_into(buffer);
    } catch (const TimeoutError&) {
      return std::nullopt;
    }
    const std::string_view message(reinterpret_cast<const char*>(buffer.data()), size);
    if (auto answer = parse_dns_answer(message, question, id)) return answer;
    if (Clock::now() >= until) return std::nullopt;
  }
}

DnsAnswer ask_by_udp(const Address& server, const DnsQuestion& question, const Deadline& deadline) {
  Socket socket(server.family(), SOCK_DGRAM);
  socket.connect(server);
  const std::uint16_t id = new_id();
  const std::string query = dns_query(question, id);
  for (;;) {
    socket.settimeout(left(deadline));
    socket.send(query);
    if (auto answer = answer_until(socket, question, id, deadline, Clock::now() + patience))
      return *answer;
  }
}

std::string receive(Socket& socket, std::size_t size, const Deadline& deadline) {
  std::string data;
  while (data.size() < size) {
    socket.settimeout(left(deadline));
    const std::string part = socket.recv(size - data.size());
    if (part.empty()) throw DnsError("the server ended the connection within its answer");
    data += part;
  }
  return data;
}

// RFC 1035, 4.2.2: two bytes of length before each message.
DnsAnswer ask_by_tcp(const Address& server, const DnsQuestion& question, const Deadline& deadline) {
  Socket socket(server.family(), SOCK_STREAM);
  socket.settimeout(left(deadline));
  socket.connect(server);
  const std::uint16_t id = new_id();
  const std::string query = dns_query(question, id);
  socket.settimeout(left(deadline));
  socket.sendall(detail::number_bytes(query.size()) + query);
  const std::size_t size = detail::number_at(receive(socket, 2, deadline), 0);
  const auto answer = parse_dns_answer(receive(socket, size, deadline), question, id);
  if (!answer) throw DnsError("the server answered another question");
  if (answer->cut) throw DnsError("the answer is cut, by TCP as well");
  return *answer;
}

}  // namespace

DnsReply ask_dns(const Address& server, const DnsQuestion& question, const Deadline& deadline) {
  return about(to_string(server), [&] {
    const auto start = Clock::now();
    DnsReply reply{ask_by_udp(server, question, deadline), {}, false};
    reply.tcp = reply.answer.cut;
    if (reply.tcp) reply.answer = ask_by_tcp(server, question, deadline);
    reply.took = Clock::now() - start;
    return reply;
  });
}

}  // namespace sock::wire
