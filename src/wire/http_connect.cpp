#include "wire/http_connect.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "wire/http_head.hpp"

namespace sock::wire {

namespace {

constexpr std::size_t longest_reply = 64 * 1024;  // bytes of a head
constexpr std::size_t longest_request = 16 * 1024;
constexpr std::size_t longest_body = 64 * 1024;  // of a refusal; a new connection is cheaper then

// Nothing in it ends a line, or a word of one.
void check_word(std::string_view text, const char* what) {
  const bool bad = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
  });
  if (text.empty() || bad)
    throw std::invalid_argument(std::string("a ") + what + " of HTTP has no such characters");
}

std::string authority_of(const ProxyAddress& address) {
  check_word(address.host, "host");
  const bool six = address.host.find(':') != std::string::npos;
  return (six ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<ProxyAddress> parse_authority(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = number_of<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return std::nullopt;
  if (host.empty() || !port || *port == 0) return std::nullopt;
  return ProxyAddress{std::string(host), *port};
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_word(trimmed(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// The bytes of the body, where the connection can be used after it.
std::optional<std::size_t> body_to_skip(const HttpHead& head) {
  const std::string_view connection = head.first("Connection");
  const std::string_view proxy_connection = head.first("Proxy-Connection");
  const bool keeps = head.start.starts_with("HTTP/1.1") || has_word(connection, "keep-alive") ||
                     has_word(proxy_connection, "keep-alive");
  if (!keeps || has_word(connection, "close") || has_word(proxy_connection, "close") ||
      !head.all("Transfer-Encoding").empty())
    return std::nullopt;
  const auto size = number_of<std::size_t>(head.first("Content-Length"));
  return size && *size <= longest_body ? size : std::nullopt;
}

// 502, 503 and 504 say that it could not connect; what is below 500, that it will not.
ProxyErrc kind_of(int status) {
  if (status == 407) return ProxyErrc::login;
  return status < 500 ? ProxyErrc::forbidden : ProxyErrc::failed;
}

bool is_letter(char c) noexcept { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

std::string status_line(int status, std::string_view reason) {
  return "HTTP/1.1 " + std::to_string(status) + ' ' + std::string(reason) + "\r\n";
}

}  // namespace

HttpConnectClient::HttpConnectClient(const ProxyAddress& target,
                                     std::optional<Credentials> credentials,
                                     std::optional<DigestTools> tools)
    : Exchange(longest_reply),
      authority_(authority_of(target)),
      credentials_(std::move(credentials)),
      tools_(std::move(tools)) {
  const bool ends_line =
      credentials_ && credentials_->user.find_first_of("\r\n:") != std::string::npos;
  if (ends_line) throw std::invalid_argument("a user of HTTP has neither colons nor ends of lines");
  request({});
}

void HttpConnectClient::request(const std::string& authorization) {
  send("CONNECT " + authority_ + " HTTP/1.1\r\nHost: " + authority_ + "\r\n");
  if (!authorization.empty()) send("Proxy-Authorization: " + authorization + "\r\n");
  send("\r\n");
}

std::size_t HttpConnectClient::take(std::string_view input) {
  if (new_connection_) return input.size();  // the rest of the old one
  if (to_skip_ != 0) {
    const std::size_t skipped = std::min(to_skip_, input.size());
    to_skip_ -= skipped;
    return skipped;
  }
  constexpr std::string_view begin = "HTTP/1.";
  if (input.substr(0, begin.size()) != begin.substr(0, input.size()))
    return fail("it does not speak HTTP");
  const std::size_t size = head_size(input);
  return size == 0 ? 0 : take_reply(input.substr(0, size), size);
}

std::size_t HttpConnectClient::take_reply(std::string_view text, std::size_t size) {
  const std::string_view line = parse_head(text).start;
  const std::string_view words = line.substr(std::min(line.find(' '), line.size() - 1) + 1);
  const auto status = number_of<int>(words.substr(0, words.find(' ')));
  if (!status || *status < 100 || *status > 599) return fail("its reply has no status");
  if (*status < 200) return size;  // there is more to come
  if (*status < 300) {
    finish();
    return size;
  }
  if (*status == 407 && credentials_ && !answered_) return answer_challenge(text, size);
  return fail(std::string(words), kind_of(*status));
}

std::size_t HttpConnectClient::answer_challenge(std::string_view text, std::size_t size) {
  const HttpHead head = parse_head(text);
  const auto answer = best_answer(parse_challenges(head.all("Proxy-Authenticate")),
                                  {"CONNECT", authority_, *credentials_}, tools_);
  if (!answer) return fail("it offers no way to log in that is known", ProxyErrc::login);
  answered_ = true;
  const auto body = body_to_skip(head);
  to_skip_ = body.value_or(0);
  new_connection_ = !body;
  request(*answer);
  return size;
}

// One byte more, by which take() sees that it is too long, and answers.
HttpConnectServer::HttpConnectServer(const Logins* logins)
    : Exchange(longest_request + 1), logins_(logins) {}

std::size_t HttpConnectServer::take(std::string_view input) {
  if (!is_letter(input.front())) return refuse(400, "Bad Request"), 0;
  const std::size_t size = head_size(input);
  if (size > longest_request || (size == 0 && input.size() > longest_request))
    return refuse(431, "Request Header Fields Too Large"), 0;
  if (size == 0) return 0;
  const HttpHead head = parse_head(input.substr(0, size));
  const std::size_t first = std::min(head.start.find(' '), head.start.size());
  const std::size_t last = head.start.rfind(' ');
  if (head.start.substr(0, first) != "CONNECT") {
    refuse(405, "Method Not Allowed", "Allow: CONNECT\r\n");
    return 0;
  }
  const bool three_words = last != std::string_view::npos && last > first &&
                           head.start.substr(last + 1).starts_with("HTTP/1.");
  const auto target =
      three_words ? parse_authority(head.start.substr(first + 1, last - first - 1)) : std::nullopt;
  if (!target) {
    refuse(400, "Bad Request");
    return 0;
  }
  const std::string_view authorization = head.first("Proxy-Authorization");
  if (!may_pass(authorization)) {
    send(status_line(407, "Proxy Authentication Required") +
         "Proxy-Authenticate: Basic realm=\"sock\"\r\nContent-Length: 0\r\n\r\n");
    // Who tries a wrong password has to come again.
    if (authorization.empty()) return size;
    login_was_wrong_ = true;
    return fail("user or password is wrong");
  }
  request_ = *target;
  wait_for_user();
  return size;
}

bool HttpConnectServer::may_pass(std::string_view authorization) {
  if (logins_ == nullptr) return true;
  const auto given = parse_basic(authorization);
  if (!given || !logins_->let_in(*given)) return false;
  user_ = given->user;
  return true;
}

void HttpConnectServer::grant() {
  send(status_line(200, "Connection established") + "\r\n");
  finish();
}

void HttpConnectServer::refuse(int status, std::string_view reason, std::string_view fields) {
  send(status_line(status, reason) + std::string(fields) +
       "Content-Length: 0\r\nConnection: close\r\n\r\n");
  fail(std::to_string(status) + ' ' + std::string(reason));
}

}  // namespace sock::wire
