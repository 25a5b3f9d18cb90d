// --pass-fd: the socket is for whoever has the other end of our standard output.
#pragma once

#include "cmd/conversation.hpp"

namespace sock::cmd {

// Before anything is connected to: standard output has to be a Unix socket, else UsageError.
void check_taker();

// Hands it over with one byte, as ssh(1) takes it (ProxyUseFdpass); the exit code. Throws Error,
// and UsageError for datagrams that carry more than their data.
int pass_on(const Connection&);

}  // namespace sock::cmd
