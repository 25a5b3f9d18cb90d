// How messages are told apart in a stream, by name, and as each family of sockets has it.
#pragma once

#include <string_view>

#include "cmd/flags_data.hpp"
#include "io/shape.hpp"
#include "sock/socket.hpp"

namespace sock::cmd {

// "line", "chunk=512", "length", "hex", "can", "bcm", "none". Throws UsageError.
io::Framing parse_framing(std::string_view);

// Of messages of this kind of socket where standard input and output are streams: CAN frames and
// the broadcast manager's messages as text, what has no text of its own in hexadecimal (ISO-TP,
// packets, raw IP), all else as it is.
io::Framing framing_of(const Socket&) noexcept;

// With that framing, where none was asked for. Throws UsageError for what cannot go with it.
DataPlan framed_for(const Socket&, DataPlan);

}  // namespace sock::cmd
