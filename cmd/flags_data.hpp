// Options about the two directions: which there are, which end ends the run, and what is done to
// the bytes on their way.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "cmd/flags_time.hpp"
#include "cmd/options.hpp"
#include "io/ending.hpp"
#include "io/relay.hpp"

namespace sock::cmd {

struct DataFlags {
  std::optional<std::string> until;
  bool send_only = false;
  bool recv_only = false;
  bool no_shutdown = false;
  bool crlf = false;
  bool oob = false;
  std::optional<std::string> line_delay, limit_rate, max_bytes, recv_size, replies, framing, route;
};

struct DataPlan {
  std::optional<io::Until> until = {};  // as the kind of socket has it, when not given
  bool out = true;
  bool in = true;
  bool shutdown = true;
  io::Shape out_shape = {}, in_shape = {};
  std::optional<std::size_t> recv_size = {};  // bytes
  bool oob = false;
  bool from_everybody = false;  // datagrams: not of the peer alone
  bool framing_given = false;   // else it is as the kind of socket has it
  io::Flow::Route route = io::Flow::Route::automatic;

  bool operator==(const DataPlan&) const = default;
};

void add_data_flags(Options&, DataFlags&);

// Throws UsageError.
DataPlan data_plan(const DataFlags&);

// The kernel may encrypt what is sent: it all ends with a farewell, and need not pass through a
// buffer of ours.
bool kernel_may_encrypt(const DataPlan&) noexcept;

// What decides how a conversation ends, besides the options.
struct Circumstances {
  bool listening = false;  // the peer came to us
  bool endless = false;    // no end of one direction: datagrams, SCTP, TIPC
  bool tls = false;        // a server sends what is TLS's own, wanted or not
};

// Datagrams we send end with our input, unless answers are waited for (a linger time) or none are
// sent; those we listen for end by a limit or a signal.
io::EndRule end_rule(const DataPlan&, const Limits&, const Circumstances&);

// The limits count from `start`.
io::RelayOptions relay_options(const DataPlan&, const Limits&, const Circumstances&,
                               io::Clock::time_point start);

}  // namespace sock::cmd
