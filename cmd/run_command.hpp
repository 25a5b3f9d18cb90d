// "-- COMMAND": a program with the connection as its standard input and output.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/children.hpp"
#include "cmd/conversation.hpp"
#include "cmd/session.hpp"
#include "sock/address.hpp"
#include "sock/socket.hpp"

namespace sock::cmd {

using Environment = std::vector<std::pair<std::string, std::string>>;

// What is spoken, by UCSPI's name: "TCP", "UDP", "UNIX", "VSOCK", "CAN_RAW".
std::string protocol_name(int family, int type, int protocol);

// UCSPI's variables (PROTO, TCPREMOTEIP, TCPREMOTEPORT, TCPLOCALIP, TCPLOCALPORT, UNIXLOCALPATH
// ...) and SOCK_PEER and SOCK_LOCAL in the grammar of addresses; only those that there is a value
// for. Pure.
Environment connection_environment(const Address& local, const Address& peer, int type,
                                   int protocol);

// What follows "--", which must not be empty. Throws UsageError.
std::vector<std::string> command_of(const std::optional<std::vector<std::string>>&);

// The options that need us between the program and the peer; else it gets the socket itself.
bool needs_relay(const DataPlan&, const Limits&, const Show* = nullptr) noexcept;

// The exit code: the program's own, or that of a limit. Throws CommandError, Interrupted.
int run_command(Session&, const Console&, Connection, const std::vector<std::string>& command,
                const Talk&);

// A program that runs and has the other end of this one, joined to standard input and output.
int join_command(Session&, const Console&, Children&, std::unique_ptr<io::Channel> end,
                 const std::vector<std::string>& command, const Talk&);

}  // namespace sock::cmd
