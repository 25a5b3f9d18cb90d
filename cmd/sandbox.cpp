#include "cmd/sandbox.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "wire/finding.hpp"
#include "wire/lookup.hpp"

namespace sock::cmd {
namespace {

using io::Grants;

// Where systems keep what names and certificates are looked up with, and the modules that do it.
constexpr const char* system_places[] = {
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/var/lib/sss",
    "/var/lib/ca-certificates",
    "/etc/resolv.conf",  // often a link to a file beneath /run
};

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, std::max<std::size_t>(slash, 1));
}

void add(std::vector<std::string>& all, const std::string& path) {
  if (std::find(all.begin(), all.end(), path) == all.end()) all.push_back(path);
}

void add_system_places(Grants& grants) {
  for (const char* place : system_places) add(grants.read, place);
}

void look_names_up(Grants& grants) {
  grants.lookups = true;
  add_system_places(grants);
}

// None where it is no file: an abstract name, or one of the kernel's choice.
const std::string* file_of(const wire::Endpoint& endpoint) noexcept {
  const auto* unix_socket = std::get_if<wire::UnixEndpoint>(&endpoint);
  const bool file = unix_socket && !unix_socket->path.empty() && unix_socket->path[0] != '\0';
  return file ? &unix_socket->path : nullptr;
}

template <class Kind>
bool is(const wire::Endpoint& endpoint) noexcept {
  return std::holds_alternative<Kind>(endpoint);
}

// An inherited socket may be of any kind.
bool may_be_unix(const wire::Endpoint& endpoint) noexcept {
  return is<wire::UnixEndpoint>(endpoint) || is<wire::FdEndpoint>(endpoint);
}

void dial(Grants& grants, const wire::DialPlan& plan) {
  grants.connects = true;
  const auto& hops = plan.proxy.hops;
  const bool asks = std::any_of(hops.begin(), hops.end(),
                                [](const auto& hop) { return !wire::is_numeric(hop.host); });
  if (asks || wire::asks_somebody(plan)) look_names_up(grants);
  if (!plan.source) return;
  grants.binds = grants.binds || is<wire::InetEndpoint>(*plan.source);
  if (const std::string* file = file_of(*plan.source)) add(grants.bind_in, directory_of(*file));
}

void trust(Grants& grants, const std::optional<TlsPart>& tls, const IsDirectory& is_directory) {
  if (!tls || !reads_trust(tls->plan, is_directory)) return;
  // Links lead from there to wherever the certificates are.
  if (tls->plan.trust == wire::TlsPlan::Trust::path) return add(grants.read, "/");
  add_system_places(grants);
  const char* places = std::getenv("SSL_CERT_DIR");  // in place of the system's; several with ':'
  for (std::string_view rest = places ? places : ""; !rest.empty();) {
    const auto colon = rest.find(':');
    add(grants.read, std::string(rest.substr(0, colon)));
    rest = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  }
}

}  // namespace

bool is_directory(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool reads_trust(const wire::TlsPlan& plan, const IsDirectory& is_directory) {
  using Trust = wire::TlsPlan::Trust;
  return plan.trust == Trust::path ? is_directory(plan.trust_path) : plan.trust == Trust::system;
}

Grants grants_of(const ListenPlan& plan, const IsDirectory& is_directory) {
  Grants grants{.accepts = true};
  const auto add_listener = [&](const wire::Endpoint& address) {
    if (const std::string* file = file_of(address)) add(grants.remove_in, directory_of(*file));
    grants.unix_peers = grants.unix_peers || may_be_unix(address);
    if (!is<wire::UnixEndpoint>(address) && !is<wire::VsockEndpoint>(address))
      grants.interface_names = true;
  };
  for (const wire::ListenPlan& one : plan.listen) add_listener(one.address);
  if (plan.listen.empty()) add_listener(wire::FdEndpoint{});
  if (!plan.ready.file.empty()) add(grants.remove_in, directory_of(plan.ready.file));
  trust(grants, plan.tls, is_directory);
  if (!plan.serves()) return grants;
  grants.threads = plan.workers > 1;
  // Where glibc looks before it gives memory of a thread back.
  if (grants.threads) add(grants.read, "/proc/sys/vm");
  if (!plan.access_file.empty()) {
    add(grants.read, plan.access_file);
    look_names_up(grants);
  }
  if (plan.to) dial(grants, *plan.to);
  trust(grants, plan.to_tls, is_directory);
  if (plan.mode == Mode::proxy) {
    grants.connects = grants.binds = true;
    look_names_up(grants);
  }
  return grants;
}

Grants grants_of(const ConnectPlan& plan) {
  Grants grants{.unix_peers = may_be_unix(plan.dial.target)};
  if (plan.reconnect) dial(grants, plan.dial);
  if (plan.dial.source)
    if (const std::string* file = file_of(*plan.dial.source))
      add(grants.remove_in, directory_of(*file));
  return grants;
}

std::string describe(const Grants& grants, const io::Sandbox& sandbox) {
  std::vector<std::string> files;
  const auto add_files = [&](const char* what, const std::vector<std::string>& where) {
    if (!where.empty()) files.push_back(fmt::format("{} {}", what, fmt::join(where, " ")));
  };
  add_files("files of", grants.read);
  add_files("names made in", grants.bind_in);
  add_files("names removed from", grants.remove_in);
  if (files.empty()) files.emplace_back("no files");
  const bool connects = grants.connects || grants.lookups;
  return fmt::format(
      "{}, {}{}; {}, {}", fmt::join(files, ", "),
      connects ? "new connections" : "no new connections", grants.lookups ? ", names" : "",
      sandbox.calls == 0 ? "all system calls" : fmt::format("{} system calls", sandbox.calls),
      sandbox.landlock == 0 ? "no Landlock here" : fmt::format("Landlock {}", sandbox.landlock));
}

void enter_sandbox(SandboxMode mode, const Grants& grants, const Console& console) {
  if (mode == SandboxMode::off) return console.detail("sandbox: none: --no-sandbox");
  if (!io::Sandbox::built_in) return console.detail("sandbox: none in this build");
  const io::Sandbox sandbox = io::enter_sandbox(grants, mode == SandboxMode::strict);
  if (console.verbose()) console.detail("sandbox: " + describe(grants, sandbox));
}

void stay_out_of_sandbox(const Console& console) {
  console.detail("sandbox: none: a command is run");
}

}  // namespace sock::cmd
