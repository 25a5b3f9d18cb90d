// One direction of a conversation: bytes from one channel to another, until the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

#include "io/buffer.hpp"
#include "io/channel.hpp"
#include "io/splice.hpp"

namespace sock::io {

class Flow {
 public:
  enum class State : std::uint8_t {
    running,    // bytes may still come
    finishing,  // all was delivered; the far side is being told that nothing more comes
    done,
    failed,  // see error()
  };
  enum class Side : std::uint8_t { reading, writing };

  // How bytes travel: through the kernel alone (splice), or through a buffer of ours.
  enum class Route : std::uint8_t {
    automatic,  // through the kernel as soon as much comes at once and both ends allow it
    buffer,
    kernel,  // wherever both ends allow it
  };

  struct Options {
    std::size_t buffer_size = 256 * 1024;  // bytes; the largest message where one is kept
    bool finish = true;                    // tell the far side at the end
    bool hold = false;                     // but not before release()
    bool discard = false;                  // read and drop: the far side is never written to
    Route route = Route::automatic;
  };

  Flow(Channel& from, Channel& to, Options);

  // Moves until one side blocks, the end, a failure, or a fair share (so that the other direction
  // gets its turn). Returns whether anything moved or the state changed. Never throws what a
  // channel throws: that is error().
  bool pump();

  State state() const noexcept { return state_; }
  bool over() const noexcept { return state_ == State::done || state_ == State::failed; }
  bool wants_read() const noexcept;
  bool wants_write() const noexcept;
  std::uint64_t received() const noexcept { return buffer_.bytes_in() + spliced_; }  // bytes read
  // Bytes written, or dropped.
  std::uint64_t delivered() const noexcept {
    return buffer_.bytes_out() + spliced_ - (splice_ ? splice_->held() : 0);
  }
  // Messages delivered; 0 where neither side keeps them.
  std::uint64_t messages() const noexcept { return messages_; }
  bool input_ended() const noexcept { return input_ended_; }

  std::exception_ptr error() const noexcept { return error_; }
  Side failed_side() const noexcept { return side_; }  // only when failed

  // Nothing more is to be read: deliver what is held, then finish.
  void end_input() noexcept { input_ended_ = true; }
  // The far side may be told of the end.
  void release() noexcept { options_.hold = false; }
  // Nothing more is to be done; what is held counts as not delivered.
  void abandon() noexcept;

 private:
  // What a try to go on came to.
  enum class Step : std::uint8_t { again, wait };
  Step deliver();
  Step refill();
  Step splice();
  void try_kernel_route();
  Step retreat();
  void delivered_all() noexcept;

  Channel& from_;
  Channel& to_;
  Options options_;
  Buffer buffer_;
  bool keeps_messages_;
  State state_ = State::running;
  bool holding_ = false;  // something to be written: bytes, or an empty message
  bool input_ended_ = false;
  bool progress_ = false;  // in this pump()
  std::uint64_t messages_ = 0;
  std::unique_ptr<Splice> splice_;  // while the bytes go through the kernel
  std::uint64_t spliced_ = 0;       // bytes read that way
  Side blocked_ = Side::reading;    // which side the splice waits for
  bool retreating_ = false;         // what the splice holds is taken back into the buffer
  Side side_ = Side::reading;       // of the last attempt
  std::exception_ptr error_;
};

}  // namespace sock::io
