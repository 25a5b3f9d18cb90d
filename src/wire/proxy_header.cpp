#include "wire/proxy_header.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "wire/inet_bytes.hpp"
#include "wire/lookup.hpp"

namespace sock::wire {

namespace {

using namespace detail;

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t longest_v1 = 107;   // bytes, the line's end included
constexpr std::size_t longest_v2 = 4096;  // bytes; the specification has 16 + 65535
constexpr std::size_t unix_size = 108;    // bytes of a path in version 2

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t space = std::min(line.find(' ', at), line.size());
    words.push_back(line.substr(at, space - at));
    at = space + 1;
  }
  return words;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool zero_before = text.size() > 1 && text.front() == '0';
  if (error != std::errc() || end != text.data() + text.size() || zero_before) return std::nullopt;
  return port;
}

// A zone has no place there.
std::optional<Address> numeric(bool six, std::string_view host, std::uint16_t port) try {
  const bool is_six = host.find(':') != std::string_view::npos;
  if (is_six != six || host.find('%') != std::string_view::npos || !is_numeric(host))
    return std::nullopt;
  return six ? Address::inet6(std::string(host), port) : Address::inet(std::string(host), port);
} catch (const std::exception&) {
  return std::nullopt;
}

std::string inet_bytes_of(const Address& address) {
  return inet_bytes(address.family(), address.host());
}

Address inet_at(std::string_view body, std::size_t host, std::size_t size, std::size_t port) {
  const std::string text = inet_text(body.substr(host, size));
  return size == 16 ? Address::inet6(text, number_at(body, port))
                    : Address::inet(text, number_at(body, port));
}

// An abstract name begins with NUL. A path that fills the field is longer than the kernel takes.
Address unix_at(std::string_view body, std::size_t at) {
  const std::string_view field = body.substr(at, unix_size);
  const std::size_t end = field.find('\0', field.front() == '\0' ? 1 : 0);
  return Address::unix_(field.substr(0, end));
}

std::string unix_bytes(const Address& address) {
  std::string path(address.path());
  path.resize(unix_size, '\0');
  return path;
}

bool is_inet(int family) noexcept { return family == AF_INET || family == AF_INET6; }

}  // namespace

std::string proxy_header_v1(const std::optional<ProxiedEnds>& ends) {
  if (!ends || !is_inet(ends->source.family()) ||
      ends->source.family() != ends->destination.family())
    return "PROXY UNKNOWN\r\n";
  const auto host = [](const Address& address) {
    const std::string text = address.host();
    return text.substr(0, text.find('%'));
  };
  return std::string("PROXY TCP") + (ends->source.family() == AF_INET ? "4 " : "6 ") +
         host(ends->source) + ' ' + host(ends->destination) + ' ' +
         std::to_string(ends->source.port()) + ' ' + std::to_string(ends->destination.port()) +
         "\r\n";
}

std::string proxy_header_v2(const std::optional<ProxiedEnds>& ends, bool datagrams) {
  constexpr char local = '\x20', proxied = '\x21';
  std::string header(signature);
  const int family = ends ? ends->source.family() : AF_UNSPEC;
  const bool known = is_inet(family) || family == AF_UNIX;
  if (!known || family != ends->destination.family())
    return header + local + '\0' + number_bytes(0);
  std::string body;
  if (family == AF_UNIX) {
    body = unix_bytes(ends->source) + unix_bytes(ends->destination);
  } else {
    body = inet_bytes_of(ends->source) + inet_bytes_of(ends->destination) +
           number_bytes(ends->source.port()) + number_bytes(ends->destination.port());
  }
  const int kind = family == AF_INET ? 0x10 : family == AF_INET6 ? 0x20 : 0x30;
  return header + proxied + static_cast<char>(kind + (datagrams ? 2 : 1)) +
         number_bytes(body.size()) + body;
}

ProxyHeaderReader::ProxyHeaderReader() : Exchange(longest_v2) {}

std::size_t ProxyHeaderReader::take(std::string_view input) {
  const std::string_view begin = input.substr(0, signature.size());
  if (begin == signature.substr(0, begin.size()))
    return begin.size() < signature.size() ? 0 : take_v2(input);
  constexpr std::string_view v1 = "PROXY ";
  if (input.substr(0, v1.size()) == v1.substr(0, input.size())) return take_v1(input);
  return fail("there is no PROXY header");
}

std::size_t ProxyHeaderReader::take_v1(std::string_view input) {
  const std::size_t end = input.substr(0, longest_v1).find("\r\n");
  if (end == std::string_view::npos)
    return input.size() < longest_v1 ? 0 : fail("its PROXY header has no end");
  const auto words = words_of(input.substr(0, end));
  if (words[1] == "UNKNOWN") {
    finish();
    return end + 2;
  }
  const bool six = words[1] == "TCP6";
  if (words.size() != 6 || (!six && words[1] != "TCP4"))
    return fail("its PROXY header is nonsense");
  const auto source_port = port_of(words[4]), destination_port = port_of(words[5]);
  const auto source = numeric(six, words[2], source_port.value_or(0));
  const auto destination = numeric(six, words[3], destination_port.value_or(0));
  if (!source_port || !destination_port || !source || !destination)
    return fail("its PROXY header has no addresses of that family");
  ends_ = {*source, *destination};
  finish();
  return end + 2;
}

std::size_t ProxyHeaderReader::take_v2(std::string_view input) {
  constexpr std::size_t fixed = 16;
  if (input.size() < fixed) return 0;
  const std::size_t size = fixed + number_at(input, 14);
  const unsigned command = byte_at(input, 12), kind = byte_at(input, 13);
  if (command >> 4 != 2 || (command & 15) > 1)
    return fail("its PROXY header is of no known version");
  if (size > longest_v2) return fail("its PROXY header is too long");
  if (input.size() < size) return 0;
  if ((command & 15) == 1 && !take_ends(kind, input.substr(fixed, size - fixed)))
    return fail("its PROXY header has no addresses of that family");
  finish();
  return size;
}

// What follows the addresses is not for us. false: they are nonsense.
bool ProxyHeaderReader::take_ends(unsigned kind, std::string_view body) try {
  const unsigned family = kind >> 4, type = kind & 15;
  if (family == 0 || family > 3 || type == 0 || type > 2) return true;  // no words for it
  const std::size_t size = family == 1 ? 4 : family == 2 ? 16 : unix_size;
  if (body.size() < 2 * size + (family == 3 ? 0 : 4)) return false;
  if (family == 3)
    ends_ = {unix_at(body, 0), unix_at(body, size)};
  else
    ends_ = {inet_at(body, 0, size, 2 * size), inet_at(body, size, size, 2 * size + 2)};
  return true;
} catch (const std::exception&) {
  return false;
}

}  // namespace sock::wire
