// How a proxy asks for a password, and how it is given: Basic and Digest. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/credentials.hpp"

namespace sock::wire {

std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

// One way to log in that is offered (RFC 9110, 11.6.1).
struct Challenge {
  std::string scheme;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string parameter(std::string_view name) const;  // "" where there is none
};
// All in the values of Proxy-Authenticate: one may hold several.
std::vector<Challenge> parse_challenges(const std::vector<std::string_view>& values);

// What Digest needs from outside.
struct DigestTools {
  enum class Hash : std::uint8_t { md5, sha256 };
  // In lower-case hexadecimal.
  std::function<std::string(Hash, std::string_view)> hash;
  std::string client_nonce;  // at random, in hexadecimal
};

struct Login {
  std::string method, uri;  // of the request
  Credentials credentials;
};

// The values of Proxy-Authorization. None: this one cannot be answered.
std::string basic_answer(const Credentials&);
std::optional<std::string> digest_answer(const Challenge&, const Login&, const DigestTools&);
// The best of them: Digest with SHA-256, with MD5, Basic.
std::optional<std::string> best_answer(const std::vector<Challenge>&, const Login&,
                                       const std::optional<DigestTools>&);

// Of "Basic ..."; none for anything else.
std::optional<Credentials> parse_basic(std::string_view authorization);

}  // namespace sock::wire
