#include "cmd/sandbox.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

namespace {

using namespace sock;
using namespace sock::cmd;
using io::Grants;

bool in_trust(const std::string& path) { return path == "/trusted"; }

template <class Flags>
Grants grants(const std::function<void(Flags&)>& change) {
  Flags flags;
  change(flags);
  if constexpr (std::is_same_v<Flags, ConnectFlags>)
    return grants_of(plan(flags, {}, {}));
  else
    return grants_of(plan(flags, {}, {}), in_trust);
}

Grants connecting(const std::string& to, const std::function<void(ConnectFlags&)>& change = {}) {
  return grants<ConnectFlags>([&](ConnectFlags& flags) {
    flags.address = to;
    if (change) change(flags);
  });
}

Grants listening(const std::string& at, const std::function<void(ListenFlags&)>& change = {}) {
  return grants<ListenFlags>([&](ListenFlags& flags) {
    flags.addresses = {at};
    if (change) change(flags);
  });
}

bool reads(const Grants& grants, const std::string& place) {
  return std::find(grants.read.begin(), grants.read.end(), place) != grants.read.end();
}

TEST_CASE("a connection that is made needs nothing more") {
  CHECK(connecting("192.0.2.1:80") == Grants{});
  CHECK(connecting("host.test:http") == Grants{});
  CHECK(connecting("tls:host.test:443") == Grants{});
  CHECK(connecting("udp:192.0.2.1:53") == Grants{});
  CHECK(connecting("host.test:80", [](auto& flags) { flags.proxy.proxy = "socks5h://p:1"; }) ==
        Grants{});
  CHECK(connecting("/run/x") == Grants{.unix_peers = true});
}

TEST_CASE("the file of a source is removed at the end") {
  CHECK(connecting("/run/x", [](auto& flags) { flags.dial.source = "/tmp/a/b"; }) ==
        Grants{.remove_in = {"/tmp/a"}, .unix_peers = true});
  CHECK(connecting("/run/x", [](auto& flags) { flags.dial.source = "unix:@x"; }) ==
        Grants{.unix_peers = true});
}

TEST_CASE("whoever connects again needs what connecting takes") {
  const auto again = [](auto& flags) { flags.dial.reconnect = true; };
  CHECK(connecting("192.0.2.1:80", again) == Grants{.connects = true});
  const Grants by_name = connecting("host.test:80", again);
  CHECK(by_name.connects);
  CHECK(by_name.lookups);
  CHECK(reads(by_name, "/etc"));
  CHECK_FALSE(reads(by_name, "/"));
  CHECK(connecting("192.0.2.1:http", again).lookups);
  CHECK(connecting("192.0.2.1:80", [](auto& flags) {
          flags.dial.reconnect = true;
          flags.dial.source = "192.0.2.7:99";
        }) == Grants{.connects = true, .binds = true});
  CHECK(connecting("192.0.2.1:80", [](auto& flags) {
          flags.dial.reconnect = true;
          flags.proxy.proxy = "socks5://proxy.test:1080";
        }).lookups);
}

TEST_CASE("a listener takes connections, and removes its file") {
  CHECK(listening("127.0.0.1:80") == Grants{.accepts = true, .interface_names = true});
  CHECK(listening("/run/x/y") ==
        Grants{.remove_in = {"/run/x"}, .accepts = true, .unix_peers = true});
  CHECK(listening("./y").remove_in == std::vector<std::string>{"."});
  CHECK(listening("/y").remove_in == std::vector<std::string>{"/"});
  CHECK(listening("unix:@y") == Grants{.accepts = true, .unix_peers = true});
  CHECK(listening("1", [](auto& flags) { flags.ready_file = "/run/ready"; }).remove_in ==
        std::vector<std::string>{"/run"});
  CHECK(grants<ListenFlags>([](auto& flags) { flags.activated = true; }) ==
        Grants{.accepts = true, .interface_names = true, .unix_peers = true});
}

TEST_CASE("many peers need as much as what they get") {
  const auto many = [](const std::function<void(ListenFlags&)>& change) {
    return listening("127.0.0.1:80", [&](ListenFlags& flags) {
      flags.keep_open = true;
      change(flags);
    });
  };
  const Grants least{.accepts = true, .interface_names = true};
  CHECK(many([](auto& flags) { flags.modes.echo = true; }) == least);
  CHECK(many([](auto& flags) { flags.modes.send = "/etc/motd"; }) == least);
  CHECK(many([](auto& flags) { flags.allow = {"host.test"}; }) == least);

  const Grants workers = many([](auto& flags) {
    flags.modes.echo = true;
    flags.workers = "4";
  });
  CHECK(
      workers ==
      Grants{.read = {"/proc/sys/vm"}, .accepts = true, .threads = true, .interface_names = true});

  const Grants onward = many([](auto& flags) { flags.modes.to = "192.0.2.1:80"; });
  CHECK(onward == Grants{.accepts = true, .connects = true, .interface_names = true});
  const Grants by_name = many([](auto& flags) { flags.modes.to = "host.test:80"; });
  CHECK(by_name.lookups);
  CHECK_FALSE(by_name.binds);

  const Grants proxy = many([](auto& flags) { flags.serve.serve = "socks5"; });
  CHECK(proxy.connects);
  CHECK(proxy.binds);
  CHECK(proxy.lookups);

  const Grants access = many([](auto& flags) { flags.access = "/srv/rules"; });
  CHECK(reads(access, "/srv/rules"));
  CHECK(access.lookups);
  CHECK_FALSE(access.connects);
}

TEST_CASE("certificates of a directory, and the system's, are read while peers shake hands") {
  const auto onward = [](const std::function<void(TlsFlags&)>& change) {
    return listening("127.0.0.1:80", [&](ListenFlags& flags) {
      flags.keep_open = true;
      flags.modes.to = "192.0.2.1:80";
      flags.to_tls.tls = true;
      change(flags.to_tls);
    });
  };
  CHECK(reads(onward([](auto&) {}), "/etc"));
  CHECK(reads(onward([](auto& tls) { tls.ca = "/trusted"; }), "/"));
  CHECK(onward([](auto& tls) { tls.ca = "/trusted.pem"; }).read.empty());
  CHECK(onward([](auto& tls) { tls.insecure = true; }).read.empty());
  const auto clients = [](const char* ca) {
    return listening("127.0.0.1:80", [&](ListenFlags& flags) {
      flags.tls.tls = flags.tls.self_signed = true;
      flags.tls.client_ca = ca;
    });
  };
  CHECK(reads(clients("/trusted"), "/"));
  CHECK(clients("/trusted.pem").read.empty());
}

TEST_CASE("what was granted is told in a line") {
  io::Sandbox sandbox;
  sandbox.landlock = 7;
  sandbox.calls = 70;
  CHECK(describe({}, sandbox) == "no files, no new connections; 70 system calls, Landlock 7");
  CHECK(describe({.read = {"/etc", "/usr"}, .remove_in = {"/run"}, .lookups = true}, sandbox) ==
        "files of /etc /usr, names removed from /run, new connections, names; 70 system calls, "
        "Landlock 7");
  CHECK(describe({.connects = true}, {}) ==
        "no files, new connections; all system calls, no Landlock here");
}

TEST_CASE("the option turns it off") {
  const auto mode = [](bool off, bool strict) { return sandbox_mode({off, strict}); };
  CHECK(mode(false, false) == SandboxMode::on);
  CHECK(mode(true, false) == SandboxMode::off);
  CHECK(mode(true, true) == SandboxMode::off);
  CHECK(mode(false, true) == SandboxMode::strict);
  ConnectFlags flags;
  flags.address = "1";
  flags.sandbox.off = true;
  CHECK(plan(flags, {}, {}).sandbox == SandboxMode::off);
}

}  // namespace
