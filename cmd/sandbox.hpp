// What a run still needs once all that it names is open; the rest is given up.
#pragma once

#include <functional>
#include <string>

#include "cmd/connect.hpp"
#include "cmd/console.hpp"
#include "cmd/listen.hpp"
#include "io/sandbox.hpp"

namespace sock::cmd {

using IsDirectory = std::function<bool(const std::string& path)>;
bool is_directory(const std::string& path) noexcept;

// Of runs without a command. Pure, but for where certificates to be trusted are: a directory of
// them is read during handshakes, and SSL_CERT_DIR names such ones.
io::Grants grants_of(const ListenPlan&, const IsDirectory& = is_directory);
// Once the connection is there, and a handshake that reads files is done.
io::Grants grants_of(const ConnectPlan&);

// Are files read during a handshake, to find out whom to trust?
bool reads_trust(const wire::TlsPlan&, const IsDirectory& = is_directory);

// "no files, no new connections; 75 system calls, Landlock 7". Pure.
std::string describe(const io::Grants&, const io::Sandbox&);

// Enters, and tells with -v. Throws Error.
void enter_sandbox(SandboxMode, const io::Grants&, const Console&);
// Tells with -v that a command keeps this run from it.
void stay_out_of_sandbox(const Console&);

}  // namespace sock::cmd
