// ssh(1) with sock as its ProxyCommand, as the manual has it.
#include <pwd.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "cli/proxies.hpp"
#include "support/temp.hpp"

using namespace cli;

namespace {

// The commands that the manual shows: "ssh -o ... host".
std::vector<std::string> examples() {
  std::vector<std::string> all;
  std::ifstream manual(SOCK_SOURCE_DIR "/man/sock-connect.1");
  constexpr std::string_view begin = ".Dl $ ssh ";
  for (std::string line; std::getline(manual, line);)
    if (line.starts_with(begin)) all.push_back(line.substr(begin.size()));
  return all;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

void make_key(const std::filesystem::path& path) {
  Program program;
  program.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path};
  REQUIRE(support::run(program).code == 0);
}

// A server of its own, and the configuration of a client that calls it "host".
struct Sshd {
  support::TempDir dir;
  std::string port = free_port();
  std::optional<Server> server;

  Sshd() {
    make_key(dir / "host_key");
    make_key(dir / "key");
    const std::string here = dir.path().string() + '/';
    support::write_file(dir / "sshd_config",
                        "ListenAddress 127.0.0.1\nPort " + port + "\nHostKey " + here +
                            "host_key\nAuthorizedKeysFile " + here +
                            "key.pub\nPidFile none\nStrictModes no\nUsePAM no\n"
                            "PasswordAuthentication no\nPermitRootLogin yes\n");
    support::write_file(dir / "ssh_config",
                        "Host host\n HostName 127.0.0.1\n Port " + port + "\n IdentityFile " +
                            here +
                            "key\n IdentitiesOnly yes\n BatchMode yes\n UserKnownHostsFile " +
                            here + "known\n StrictHostKeyChecking no\n LogLevel ERROR\n User " +
                            ::getpwuid(::getuid())->pw_name + "\n");
    // It wants to be called by its whole path, and as root a directory.
    if (::getuid() == 0) std::filesystem::create_directories("/run/sshd");
    server.emplace(
        port, std::vector<std::string>{"/usr/sbin/sshd", "-D", "-e", "-f", dir / "sshd_config"});
  }

  Program client(const std::string& more, const std::string& command) const {
    Program program;
    program.argv = {"sh", "-c",
                    "exec ssh -F " + (dir / "ssh_config").string() + ' ' + more + ' ' + command};
    program.deadline = std::chrono::minutes(1);
    return program;
  }
};

const char* why_not() {
  for (const char* program : {"ssh", "ssh-keygen", "microsocks"})
    if (!support::installed(program)) return "ssh, ssh-keygen or microsocks is missing";
  return ::access("/usr/sbin/sshd", X_OK) == 0 ? nullptr : "there is no /usr/sbin/sshd";
}

}  // namespace

TEST_CASE("ssh goes through a proxy as the manual shows it, and bytes both ways are whole") {
  if (const char* why = why_not()) {
    MESSAGE("skipped: " << why);
    return;
  }
  const Sshd sshd;
  const Outcome straight = support::run(sshd.client("host", "true"));
  if (straight.code != 0) {
    MESSAGE("skipped: sshd does not let us in here: " << straight.err);
    return;
  }
  const Server proxy = microsocks();
  const support::TempDir dir;
  support::write_random(dir / "in", 1 << 20);
  const auto commands = examples();
  CHECK(commands.size() == 2);
  for (const std::string& command : commands) {
    INFO(command);
    const std::string here = replaced(replaced(command, "'sock ", "'" SOCK_PROGRAM " "),
                                      "socks5h://proxy.example", "socks5h://" + proxy.address());
    Program program = sshd.client(here, "cat");
    program.input = Input::file(dir / "in");
    program.output = Output::file(dir / "out");
    const Outcome outcome = support::run(program);
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(support::same_bytes(dir / "in", dir / "out"));
  }
}

TEST_CASE("ssh tells of a proxy that refuses, in sock's words") {
  if (const char* why = why_not()) {
    MESSAGE("skipped: " << why);
    return;
  }
  const Sshd sshd;
  const Server proxy = microsocks({"-u", "me", "-P", "s3cret"});
  for (const char* fd : {"", " --pass-fd"}) {
    const Outcome outcome = support::run(sshd.client(
        std::string("-o ProxyUseFdpass=") + (*fd ? "yes" : "no") + " -o ProxyCommand='" +
            SOCK_PROGRAM " connect" + fd + " --proxy socks5h://" + proxy.address() + " %h %p' host",
        "true"));
    CHECK(outcome.code == 255);
    INFO(outcome.err);
    CHECK(outcome.err.find("it wants a user and a password") != std::string::npos);
  }
}
