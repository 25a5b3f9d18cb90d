#include "cmd/flags_tls.hpp"

#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "cmd/values.hpp"

namespace {

using namespace sock;
using namespace sock::cmd;
using wire::TlsPlan;
using Side = TlsPlan::Side;
using Change = std::function<void(TlsFlags&)>;
using Words = std::vector<std::string>;

const std::string hex(64, 'a');

std::optional<TlsPart> part_of(Side side, const char* address, const Change& change,
                               const wire::SocketChoice& choice = {}) {
  TlsFlags flags;
  change(flags);
  return tls_part(flags, side, wire::parse_endpoint(address), choice);
}

TlsPart client(const Change& change, const char* address = "tls:example.com:443") {
  return part_of(Side::client, address, change).value();
}
TlsPart server(const Change& change) {
  return part_of(Side::server, "tls:[fe80::1%lo]:443", change).value();
}

TEST_CASE("TLS is asked for by the address or by the option, and by nothing else") {
  const auto none = [](TlsFlags&) {};
  CHECK(!part_of(Side::client, "example.com:443", none));
  CHECK(!part_of(Side::client, "udp:example.com:443", none));
  CHECK(part_of(Side::client, "tls:example.com:443", none));
  CHECK(part_of(Side::client, "example.com:443", [](TlsFlags& f) { f.tls = true; }));
}

TEST_CASE("without options the system's trust store and the host of the address decide") {
  const TlsPart part = client([](TlsFlags&) {});
  CHECK(part.plan == TlsPlan{});
  CHECK(part.peer_name == "example.com");
}

TEST_CASE("whom the certificate has to be for") {
  struct Row {
    const char* address;
    const char* server_name;
    const char* expected;
  };
  for (const Row& row : {Row{"tls:443", nullptr, "localhost"}, Row{"tls:[::1]:443", nullptr, "::1"},
                         Row{"tls:example.com.:443", nullptr, "example.com"},
                         Row{"tls:192.0.2.1:443", "example.com", "example.com"}}) {
    const auto change = [&](TlsFlags& f) {
      if (row.server_name) f.server_name = row.server_name;
    };
    CHECK(client(change, row.address).peer_name == row.expected);
  }
  const auto change = [](TlsFlags& f) {
    f.tls = true;
    f.insecure = true;
  };
  CHECK(client(change, "unix:/run/x").peer_name == "");
}

TEST_CASE("flags choose whom to trust") {
  CHECK(client([](TlsFlags& f) { f.insecure = true; }).plan.trust == TlsPlan::Trust::anyone);
  const TlsPlan path = client([](TlsFlags& f) { f.ca = "/etc/ca.pem"; }).plan;
  CHECK(path.trust == TlsPlan::Trust::path);
  CHECK(path.trust_path == "/etc/ca.pem");
  const TlsPlan pins = client([](TlsFlags& f) {
                         f.pins = {"sha256:" + hex, "sha256:AB:" + hex.substr(2)};
                       }).plan;
  CHECK(pins.trust == TlsPlan::Trust::pins);
  CHECK(pins.pins == Words{"sha256:" + hex, "sha256:ab" + hex.substr(2)});
}

TEST_CASE("a listener shows a certificate, and asks for one only when told to") {
  const TlsPlan files = server([](TlsFlags& f) {
                          f.certs = {"a.pem", "b.pem"};
                          f.keys = {"a.key", "b.key"};
                        }).plan;
  CHECK(files.side == Side::server);
  CHECK(files.trust == TlsPlan::Trust::anyone);
  CHECK(files.identities == std::vector<wire::TlsIdentity>{{"a.pem", "a.key"}, {"b.pem", "b.key"}});
  CHECK(files.self_signed.empty());
  const TlsPlan made = server([](TlsFlags& f) {
                         f.self_signed = true;
                         f.client_ca = "ca.pem";
                       }).plan;
  CHECK(made.self_signed == Words{"localhost", "127.0.0.1", "::1", "fe80::1"});
  CHECK(made.trust == TlsPlan::Trust::path);
  CHECK(made.trust_path == "ca.pem");
}

TEST_CASE("protocols and versions") {
  const TlsPlan plan = client([](TlsFlags& f) {
                         f.alpn = "h2,http/1.1";
                         f.minimum = "1.3";
                         f.certs = {"both.pem"};
                       }).plan;
  CHECK(plan.alpn == Words{"h2", "http/1.1"});
  CHECK(plan.minimum == TlsPlan::Version::v1_3);
  CHECK(plan.identities == std::vector<wire::TlsIdentity>{{"both.pem", ""}});
}

TEST_CASE("flags that contradict each other or mean nothing are refused") {
  struct Row {
    Side side;
    const char* address;
    Change change;
    const char* message;
  };
  const Row rows[] = {
      {Side::client, "a:1", [](TlsFlags& f) { f.insecure = true; }, "--insecure: there is no TLS"},
      {Side::client, "a:1", [](TlsFlags& f) { f.alpn = "h2"; }, "--alpn: there is no TLS"},
      {Side::server, "a:1", [](TlsFlags& f) { f.self_signed = true; }, "--self-signed: there is"},
      {Side::client, "udplite:a:1", [](TlsFlags& f) { f.tls = true; },
       "TLS is spoken over streams"},
      {Side::client, "udp:a:1",
       [](TlsFlags& f) {
         f.tls = true;
         f.minimum = "1.3";
       },
       "DTLS 1.2"},
      {Side::client, "can:vcan0", [](TlsFlags& f) { f.tls = true; }, "TLS is spoken over streams"},
      {Side::client, "tls:a:1",
       [](TlsFlags& f) {
         f.insecure = true;
         f.ca = "x";
       },
       "--ca, --pin and --insecure"},
      {Side::client, "unix:/x", [](TlsFlags& f) { f.tls = true; }, "give --server-name or --pin"},
      {Side::client, "tls:a:1", [](TlsFlags& f) { f.pins = {"sha1:00"}; }, "--pin 'sha1:00'"},
      {Side::client, "tls:a:1", [](TlsFlags& f) { f.pins = {"sha256:" + hex + "a"}; }, "64 hex"},
      {Side::client, "tls:a:1", [](TlsFlags& f) { f.pins = {"sha256:g" + hex.substr(1)}; }, "64"},
      {Side::client, "tls:a:1", [](TlsFlags& f) { f.alpn = "h2,,x"; }, "--alpn 'h2,,x'"},
      {Side::client, "tls:a:1", [](TlsFlags& f) { f.minimum = "1.1"; }, "1.2 or 1.3"},
      {Side::client, "tls:a:1",
       [](TlsFlags& f) {
         f.certs = {"a", "b"};
       },
       "one certificate"},
      {Side::client, "tls:a:1", [](TlsFlags& f) { f.keys = {"a"}; }, "--cert and --key"},
      {Side::client, "tls:a:1", [](TlsFlags& f) { f.server_name = "b\xc3\xbc.de"; }, "in ASCII"},
      {Side::server, "tls:1", [](TlsFlags&) {}, "either --cert or --self-signed"},
      {Side::server, "tls:1",
       [](TlsFlags& f) {
         f.self_signed = true;
         f.certs = {"a"};
       },
       "either --cert or --self-signed"},
      {Side::server, "tls:1",
       [](TlsFlags& f) {
         f.certs = {"a", "b"};
         f.keys = {"a"};
       },
       "--cert and --key"},
      {Side::server, "tls:1",
       [](TlsFlags& f) {
         f.self_signed = true;
         f.client_ca = "x";
         f.pins = {"sha256:" + hex};
       },
       "--client-ca and --pin"},
  };
  for (const Row& row : rows) {
    INFO(row.message);
    try {
      part_of(row.side, row.address, row.change);
      FAIL("not refused");
    } catch (const UsageError& error) {
      CHECK(std::string(error.what()).find(row.message) != std::string::npos);
    }
  }
}

TEST_CASE("over UDP it is DTLS") {
  const auto tls = [](TlsFlags& f) { f.tls = true; };
  wire::SocketChoice udp;
  udp.udp = true;
  CHECK(part_of(Side::client, "a:1", tls, udp)->plan.datagrams);
  CHECK(part_of(Side::client, "udp:a:1", tls)->plan.datagrams);
  CHECK(!part_of(Side::client, "a:1", tls)->plan.datagrams);
  CHECK_THROWS_AS(part_of(Side::client, "tls:a:1", tls, udp), UsageError);
  CHECK_THROWS_AS(part_of(Side::client, "unix:/x", tls, udp), UsageError);
}

}  // namespace
