// TLS over a connection of this run.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "cmd/flags_tls.hpp"
#include "cmd/session.hpp"
#include "io/channel.hpp"
#include "io/loop.hpp"
#include "io/observer.hpp"
#include "wire/tls_channel.hpp"
#include "wire/tls_context.hpp"

namespace sock::cmd {

using wire::Tls;

// Reads the files: before anything is connected to. Session keys go to the file in SSLKEYLOGFILE.
// Throws TlsError.
std::optional<Tls> set_up_tls(const std::optional<TlsPart>&);

// "TLSv1.3, TLS_AES_256_GCM_SHA384, h2; certificate for localhost and 127.0.0.1, 29 days left"
std::string describe(const io::Secured&, std::chrono::system_clock::time_point now);

// "TLSv1.3, h2, 29 days left"
std::string describe_briefly(const io::Secured&, std::chrono::system_clock::time_point now);

// Waits for the handshake. Throws TlsError, TimeoutError, Interrupted.
std::unique_ptr<wire::TlsChannel> secure(Session&, io::Observer&, std::unique_ptr<wire::TlsChannel>,
                                         std::optional<io::Clock::time_point> until);

}  // namespace sock::cmd
