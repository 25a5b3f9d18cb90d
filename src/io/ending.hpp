// The end-of-input rule: which end of which direction ends what. Pure.
#pragma once

#include <cstdint>

namespace sock::io {

enum class Until : std::uint8_t {
  both,  // both directions have ended
  in,    // the peer has ended
  out,   // the input has ended and was delivered
  any,   // the first of the two
};

struct EndRule {
  Until until = Until::both;
  bool out = true;                 // is there a direction from us to the peer
  bool in = true;                  // and one back
  bool input_is_terminal = false;  // a relay finds that out by itself
  // A listener whose input is empty from the start has nothing to say, and does not end its side
  // until the peer has ended its own. Not where the end of the input is to end it all.
  bool empty_input_waits = false;
  // Without `in`: the peer has to end, too. For protocols whose peer has things to say of its own,
  // which would turn our close into a reset that destroys what it has not read yet.
  bool peer_must_end = false;
};

// What is to be done now. Several may be asked for at once.
struct EndActions {
  bool finish_out = false;    // the peer may be told that nothing more comes (FIN)
  bool end_input = false;     // read no more input; deliver what is held, and finish
  bool start_linger = false;  // the first end: what remains is bounded from now on
  bool done = false;          // the conversation is over
};

// Told of every end once, in any order.
class Ending {
 public:
  explicit Ending(EndRule rule) noexcept : rule_(rule) {}

  // The input has ended; nothing_sent: it never had a byte.
  EndActions input_ended(bool nothing_sent) noexcept;
  // All of the input was delivered and the peer told.
  EndActions out_over() noexcept;
  // The peer has ended and all was written (or dropped, where there is no `in`).
  EndActions in_over() noexcept;
  // After in_over: reset or hung up, it takes nothing more, and `out` is over.
  EndActions peer_gone() noexcept;

  bool in_ended() const noexcept { return in_over_; }

 private:
  bool finished() const noexcept;
  bool first_end() noexcept;
  EndRule rule_;
  bool waiting_with_empty_input_ = false;
  bool out_over_ = false;
  bool in_over_ = false;
  bool ended_ = false;  // one of them
};

}  // namespace sock::io
