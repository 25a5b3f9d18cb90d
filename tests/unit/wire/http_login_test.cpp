#include "wire/http_login.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sock::wire;

// In place of a hash: what was hashed, and how.
DigestTools readable() {
  return {[](DigestTools::Hash hash, std::string_view text) {
            return (hash == DigestTools::Hash::md5 ? "m<" : "s<") + std::string(text) + ">";
          },
          "cn"};
}

const Login login{"CONNECT", "a:1", {"me", "pw"}};

TEST_CASE("base64, RFC 4648's own examples") {
  struct Row {
    const char* bytes;
    const char* text;
  };
  for (const Row& row : {Row{"", ""}, Row{"f", "Zg=="}, Row{"fo", "Zm8="}, Row{"foo", "Zm9v"},
                         Row{"foob", "Zm9vYg=="}, Row{"fooba", "Zm9vYmE="},
                         Row{"foobar", "Zm9vYmFy"}, Row{"\xff\xfe\xfd", "//79"}}) {
    CHECK(base64(row.bytes) == row.text);
    CHECK(from_base64(row.text) == row.bytes);
  }
  for (const char* bad : {"Z", "Zg=", "Z===", "Zm9v!", "Zg==Zg=="}) CHECK(!from_base64(bad));
}

TEST_CASE("Basic is read as it is written") {
  CHECK(basic_answer({"Aladdin", "open sesame"}) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  CHECK(parse_basic("basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ== ") ==
        Credentials{"Aladdin", "open sesame"});
  CHECK(parse_basic(basic_answer({"a", "b:c"})) == Credentials{"a", "b:c"});
  for (const char* bad : {"", "Basic", "Basic ?",
                          "Basic "
                          "YWJj",
                          "Digest YTpi"})
    CHECK(!parse_basic(bad));
}

TEST_CASE("challenges, several in one value and in several") {
  const auto all = parse_challenges(
      {R"(Digest realm="a, \"b\"", nonce=n1,qop="auth,auth-int" , Basic realm = "x")", "Negotiate",
       "NTLM abc="});
  REQUIRE(all.size() >= 4);
  CHECK(all[0].scheme == "Digest");
  CHECK(all[0].parameter("REALM") == "a, \"b\"");
  CHECK(all[0].parameter("nonce") == "n1");
  CHECK(all[0].parameter("qop") == "auth,auth-int");
  CHECK(all[0].parameter("opaque") == "");
  CHECK(all[1].scheme == "Basic");
  CHECK(all[1].parameter("realm") == "x");
  CHECK(all[2].scheme == "Negotiate");
  CHECK(all[3].scheme == "NTLM");
  CHECK(parse_challenges({"", ",,", "=x", "\"", "Basic realm=\"open"}).size() == 2);
}

TEST_CASE("Digest is computed as RFC 7616 has it") {
  struct Row {
    const char* challenge;
    const char* response;
  };
  const Row rows[] = {{R"(Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256)",
                       "s<s<me:r:pw>:n:00000001:cn:auth:s<CONNECT:a:1>>"},
                      {R"(Digest realm="r", nonce="n", qop="auth")",
                       "m<m<me:r:pw>:n:00000001:cn:auth:m<CONNECT:a:1>>"},
                      {R"(Digest realm="r", nonce="n")", "m<m<me:r:pw>:n:m<CONNECT:a:1>>"},
                      {R"(Digest realm="r", nonce="n", qop="auth-int,auth", algorithm=md5-sess)",
                       "m<m<m<me:r:pw>:n:cn>:n:00000001:cn:auth:m<CONNECT:a:1>>"}};
  for (const Row& row : rows) {
    const auto answer = digest_answer(parse_challenges({row.challenge}).at(0), login, readable());
    REQUIRE(answer);
    CHECK(answer->find("response=\"" + std::string(row.response) + '"') != std::string::npos);
    CHECK(answer->find("username=\"me\", realm=\"r\", nonce=\"n\", uri=\"a:1\"") !=
          std::string::npos);
  }
  for (const char* bad : {R"(Digest realm="r", nonce="n", algorithm=SHA-512)",
                          R"(Digest realm="r", nonce="n", qop="auth-int")"})
    CHECK(!digest_answer(parse_challenges({bad}).at(0), login, readable()));
}

TEST_CASE("the best way to log in is chosen") {
  const char* sha = R"(Digest realm="r", nonce="n", algorithm=SHA-256)";
  const char* md5 = R"(Digest realm="r", nonce="n")";
  const auto chosen = [&](const std::vector<std::string_view>& offered, bool tools) {
    return best_answer(parse_challenges(offered), login,
                       tools ? std::optional(readable()) : std::nullopt);
  };
  CHECK(chosen({"Basic realm=x", md5, sha}, true)->find("algorithm=SHA-256") != std::string::npos);
  CHECK(chosen({"Basic realm=x", md5}, true)->find("algorithm=MD5") != std::string::npos);
  CHECK(chosen({"Basic realm=x", md5}, false) == "Basic bWU6cHc=");
  CHECK(!chosen({md5}, false));
  CHECK(!chosen({"Negotiate"}, true));
}

}  // namespace
