// A conversation: two flows between two channels, the end-of-input rule, and its limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "io/channel.hpp"
#include "io/ending.hpp"
#include "io/flow.hpp"
#include "io/loop.hpp"
#include "io/observer.hpp"

namespace sock::io {

struct RelayOptions {
  EndRule ending = {};
  bool shutdown = true;                        // tell the peer that the input has ended
  std::optional<Clock::duration> linger = {};  // from the first end
  std::optional<Clock::duration> idle = {};    // without a byte in either direction
  std::optional<Clock::time_point> deadline = {};
  std::size_t buffer_size = 256 * 1024;  // bytes, for each direction
  Flow::Route route = Flow::Route::automatic;
  Shape out_shape = {}, in_shape = {};
  Flow::Tap on_out = {};  // bytes that the peer took
  Flow::Tap on_in = {};   // bytes that came from the peer, also those that are dropped
  // What came first from each side, where that goes through a buffer.
  Flow::Tap on_first_out = {}, on_first_in = {};
  Observer* observer = nullptr;  // borrowed
  // The largest message that is read; UDP's are below 64 KiB, a pipe's packets 4 KiB.
  std::size_t whole_message = 64 * 1024;
  // The most that is read from a stream to be sent as one message; UDP over IPv4 takes no more.
  std::size_t message_size = 65507;
};

struct RelayResult {
  enum class Why : std::uint8_t {
    ended,    // by the end-of-input rule
    limited,  // as much as was wanted has come from the peer
    linger,   // the time after the first end is up
    idle_timeout,
    deadline,
    output_closed,  // the reader of our output is gone; the peer was told
    failed,         // see error
    stopped,        // by stop()
  };
  Why why = Why::ended;
  std::exception_ptr error;
  struct Count {
    std::uint64_t received = 0;   // bytes read
    std::uint64_t delivered = 0;  // bytes written, or dropped (send-only)
    std::uint64_t messages = 0;   // delivered; 0 where neither channel keeps them
    std::int64_t added = 0;       // what shaping put in, less what it left out
    bool over = false;            // or there is no such direction
    std::uint64_t lost() const noexcept {
      return received + static_cast<std::uint64_t>(added) - delivered;
    }
  };
  Count out;  // local -> peer
  Count in;   // peer -> local
  // At the end the peer had not taken all that there was for it,
  bool out_waits = false;
  // and so much of what was sent had not got there yet, as far as it is known.
  std::uint64_t unconfirmed = 0;
};

// Two rules where the peers of this tool get it wrong:
// - a write to a peer that is gone ends `out` quietly only if `in` had ended properly; else it is a
//   failure, and what the peer sent before is still delivered first;
// - with send-only what the peer sends is read and dropped: unread bytes would turn our close into
//   a reset that destroys what it has not read yet. For the same reason nothing ends before the
//   peer, unless what was sent has got there.
class Relay {
 public:
  using Done = std::function<void(const RelayResult&)>;
  // The channels must outlive it. Starts at once; `done` is called once, from the loop.
  Relay(Loop&, Channel& local, Channel& peer, const RelayOptions&, Done);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // A channel has changed in a way that no readiness tells of: both directions are tried again,
  // from the loop.
  void look_again();
  // Ends it as stopped; `done` is called at once.
  void stop();
  RelayResult so_far() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sock::io
