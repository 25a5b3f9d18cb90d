#include "wire/http_login.hpp"

#include <algorithm>

#include "wire/http_head.hpp"

namespace sock::wire {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void skip(std::string_view& text, std::string_view any_of) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(any_of), text.size()));
}

std::string take_token(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t=,\""), text.size());
  std::string token(text.substr(0, end));
  text.remove_prefix(end);
  return token;
}

// A token, or a string in quotes, in which a backslash takes the next character as it is.
std::string take_value(std::string_view& text) {
  if (!text.starts_with('"')) return take_token(text);
  std::string value;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  return value;
}

// "Digest realm=..., Basic realm=...": a word that no "=" follows begins another challenge.
void parse_value(std::string_view text, std::vector<Challenge>& all) {
  const std::size_t begin = all.size();
  for (skip(text, " \t,"); !text.empty(); skip(text, " \t,")) {
    const std::size_t before = text.size();
    std::string word = take_token(text);
    skip(text, " \t");
    if (text.starts_with('=') && all.size() > begin) {
      text.remove_prefix(1);
      skip(text, " \t");
      all.back().parameters.emplace_back(std::move(word), take_value(text));
    } else if (!word.empty()) {
      all.push_back({std::move(word), {}});
    }
    if (text.size() == before) text.remove_prefix(1);  // nonsense
  }
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

bool offers_auth(std::string_view qop) {
  while (!qop.empty()) {
    const std::size_t comma = std::min(qop.find(','), qop.size());
    if (same_word(trimmed(qop.substr(0, comma)), "auth")) return true;
    qop.remove_prefix(std::min(comma + 1, qop.size()));
  }
  return false;
}

struct Algorithm {
  std::string_view name;
  DigestTools::Hash hash;
  bool session;
};
constexpr Algorithm algorithms[] = {{"SHA-256", DigestTools::Hash::sha256, false},
                                    {"SHA-256-sess", DigestTools::Hash::sha256, true},
                                    {"MD5", DigestTools::Hash::md5, false},
                                    {"MD5-sess", DigestTools::Hash::md5, true}};

const Algorithm* algorithm_of(const Challenge& challenge) {
  std::string name = challenge.parameter("algorithm");
  if (name.empty()) name = "MD5";
  const auto found = std::find_if(std::begin(algorithms), std::end(algorithms),
                                  [&](const Algorithm& a) { return same_word(a.name, name); });
  return found == std::end(algorithms) ? nullptr : found;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= n ? alphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  for (; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xff);
  }
  return bytes;
}

std::string Challenge::parameter(std::string_view name) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const auto& one) { return same_word(one.first, name); });
  return found == parameters.end() ? std::string() : found->second;
}

std::vector<Challenge> parse_challenges(const std::vector<std::string_view>& values) {
  std::vector<Challenge> all;
  for (const std::string_view value : values) parse_value(value, all);
  return all;
}

std::string basic_answer(const Credentials& credentials) {
  return "Basic " + base64(credentials.user + ':' + credentials.password);
}

std::optional<Credentials> parse_basic(std::string_view authorization) {
  constexpr std::string_view scheme = "Basic ";
  if (!same_word(authorization.substr(0, scheme.size()), scheme)) return std::nullopt;
  const auto text = from_base64(trimmed(authorization.substr(scheme.size())));
  if (!text) return std::nullopt;
  const std::size_t colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{text->substr(0, colon), text->substr(colon + 1)};
}

// RFC 7616, 3.4. Without a qop it is RFC 2069's.
std::optional<std::string> digest_answer(const Challenge& challenge, const Login& login,
                                         const DigestTools& tools) {
  const Algorithm* algorithm = algorithm_of(challenge);
  const std::string qop = challenge.parameter("qop");
  if (!algorithm || (!qop.empty() && !offers_auth(qop))) return std::nullopt;
  const auto hash = [&](const std::string& text) { return tools.hash(algorithm->hash, text); };
  const std::string realm = challenge.parameter("realm"), nonce = challenge.parameter("nonce");
  const std::string& user = login.credentials.user;

  std::string secret = hash(user + ':' + realm + ':' + login.credentials.password);
  if (algorithm->session) secret = hash(secret + ':' + nonce + ':' + tools.client_nonce);
  const std::string counted = qop.empty() ? ":" : ":00000001:" + tools.client_nonce + ":auth:";
  const std::string response =
      hash(secret + ':' + nonce + counted + hash(login.method + ':' + login.uri));

  std::string answer = "Digest username=" + quoted(user) + ", realm=" + quoted(realm) +
                       ", nonce=" + quoted(nonce) + ", uri=" + quoted(login.uri) +
                       ", algorithm=" + std::string(algorithm->name) +
                       ", response=" + quoted(response);
  if (const std::string opaque = challenge.parameter("opaque"); !opaque.empty())
    answer += ", opaque=" + quoted(opaque);
  if (!qop.empty() || algorithm->session) answer += ", cnonce=" + quoted(tools.client_nonce);
  if (!qop.empty()) answer += ", qop=auth, nc=00000001";
  return answer;
}

std::optional<std::string> best_answer(const std::vector<Challenge>& challenges, const Login& login,
                                       const std::optional<DigestTools>& tools) {
  for (const auto wanted : {DigestTools::Hash::sha256, DigestTools::Hash::md5}) {
    for (const Challenge& one : challenges) {
      if (!tools || !same_word(one.scheme, "Digest")) continue;
      const Algorithm* algorithm = algorithm_of(one);
      if (!algorithm || algorithm->hash != wanted) continue;
      if (auto answer = digest_answer(one, login, *tools)) return answer;
    }
  }
  const bool basic = std::any_of(challenges.begin(), challenges.end(), [](const Challenge& one) {
    return same_word(one.scheme, "Basic");
  });
  return basic ? std::optional(basic_answer(login.credentials)) : std::nullopt;
}

}  // namespace sock::wire
