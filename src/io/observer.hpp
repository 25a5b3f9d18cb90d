// What happened, for whoever shows it: a terminal, a log, a program.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include "sock/address.hpp"
#include "sock/error.hpp"
#include "sock/socket.hpp"

namespace sock::io {

enum class Direction : std::uint8_t {
  out,  // to the peer
  in,   // from the peer
};

// What has passed in a conversation, or in a run, so far.
struct Traffic {
  std::uint64_t sent = 0, received = 0;  // bytes that were delivered
  std::chrono::nanoseconds elapsed{};    // since it began
};

// What a listener that serves many has come to so far.
struct Served {
  std::size_t now = 0;                   // conversations
  std::uint64_t served = 0, denied = 0;  // peers that were let in, and turned away
  Traffic traffic;                       // of all
};

// How a conversation with a peer ended.
struct Closed {
  std::uint64_t number = 1;  // of the conversation in this run, from 1
  std::string_view peer;
  std::string_view local = {};  // "" where it is only known to connected() or accepted()
  Traffic traffic;
  std::string_view reason;       // one word: ended, reset, idle, slow, stopped, exited, failed ...
  std::string_view detail = {};  // more where there is more: "exit 3", "signal 9"
};

// What a peer that speaks TLS has agreed to, and what its certificate says.
struct Secured {
  std::string_view peer;
  std::string_view version;    // "TLSv1.3"
  std::string_view cipher;     // "TLS_AES_256_GCM_SHA384"
  std::string_view alpn = {};  // the protocol, "" where none was agreed on
  bool resumed = false;
  bool kernel_sends = false;  // it encrypts what is sent
  // Of the peer's certificate; empty where it has shown none.
  std::span<const std::string> names = {};  // the hosts and addresses it is for
  std::string_view subject = {};
  std::string_view fingerprint = {};  // "sha256:" and 64 hexadecimal digits
  std::chrono::system_clock::time_point not_after = {};
  std::chrono::nanoseconds took{};  // the handshake
};

// What a probe has found out of a target.
struct Probed {
  std::string_view target, state;
  std::string_view address = {};       // that answered, "" where none did
  std::string_view error = {};         // why it is not open
  std::chrono::nanoseconds look_up{};  // of its name
  std::chrono::nanoseconds took{};     // from the attempt, or the datagram, to the answer
  int exit_code = 0;                   // what it stands for
};

// What a client of a proxy asked for.
struct Requested {
  std::string_view peer;
  std::string_view protocol;  // socks5, socks4, http
  std::string_view command;   // connect, bind, udp
  std::string_view target;
  std::string_view user;  // who logged in, "" where nobody has to; of SOCKS 4 as claimed
};

// A program that was started beside another.
struct Program {
  std::uint64_t number = 1;  // in this run, from 1
  std::string_view command;
  std::int64_t pid = 0;
};
struct ExitStatus;  // io/child.hpp

// All do nothing unless overridden.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void resolving(std::string_view /*name*/) {}
  virtual void resolved(std::string_view /*name*/, std::size_t /*addresses*/,
                        std::chrono::nanoseconds) {}
  virtual void attempt(std::string_view /*address*/) {}
  virtual void attempt_failed(std::string_view /*address*/, const Error&,
                              std::chrono::nanoseconds) {}
  // Another attempt was faster.
  virtual void attempt_overtaken(std::string_view /*address*/, std::chrono::nanoseconds) {}
  // A proxy is asked to connect to the target, which may be the next proxy.
  virtual void proxying(std::string_view /*proxy*/, std::string_view /*target*/) {}
  // It has.
  virtual void proxied(std::string_view /*proxy*/, std::string_view /*target*/,
                       std::chrono::nanoseconds) {}
  // It will be dialled again after this pause.
  virtual void retrying(std::string_view /*target*/, const std::exception_ptr& /*failure*/,
                        std::chrono::nanoseconds) {}
  virtual void connected(const Socket&, std::string_view /*address*/, std::chrono::nanoseconds) {}
  // TLS is spoken from now on, over a connection that was made or accepted.
  virtual void secured(const Secured&) {}

  virtual void probed(const Probed&) {}

  virtual void listening(const Socket&, std::string_view /*address*/) {}
  // A proxy has connected for that peer, which is accepted then, or not.
  virtual void introduced(std::string_view /*peer*/, std::string_view /*proxy*/) {}
  // `number`: of the conversation in this run, from 1.
  virtual void accepted(const Socket&, std::string_view /*peer*/, std::uint64_t /*number*/) {}
  // A peer was turned away, by a rule or a limit.
  virtual void denied(std::string_view /*peer*/, std::string_view /*local*/,
                      std::string_view /*reason*/) {}
  virtual void requested(const Requested&) {}
  // Does anybody want accepted(), denied() and closed() of a listener that serves many? Where
  // nobody does, their names and addresses are not even made.
  virtual bool wants_sessions() const noexcept { return false; }

  // The first bytes of the peer have come, so long after the conversation began.
  virtual void first_byte(std::string_view /*peer*/, std::chrono::nanoseconds) {}
  // One direction is over, and the other goes on.
  virtual void half_closed(std::string_view /*peer*/, Direction) {}
  // From time to time, while something passes.
  virtual void progress(std::string_view /*peer*/, const Traffic&) {}
  virtual void closed(const Closed&) {}

  // One of many conversations broke; closed() follows.
  virtual void broken(std::string_view /*peer*/, const std::exception&) {}
  // Bytes of one of many, which goes on or ends, did not reach whom they were for.
  virtual void lost(std::string_view /*peer*/, std::string_view /*what*/) {}
  // No more connections are taken for now: the system is out of something. Told once until all who
  // waited were taken.
  virtual void paused(const Error&) {}
  virtual void started(const Program&) {}
  virtual void exited(const Program&, const ExitStatus&, std::chrono::nanoseconds /*ran*/) {}
  // How a listener that serves many is doing: somebody has asked.
  virtual void state(const Served&) {}
  // What is said on standard error of the whole run, and the exit code.
  virtual void failed(std::string_view /*message*/, int /*exit_code*/) {}
};

}  // namespace sock::io
