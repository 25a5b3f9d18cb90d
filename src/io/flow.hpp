// One direction of a conversation: bytes from one channel to another, until the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "io/buffer.hpp"
#include "io/channel.hpp"
#include "io/filter.hpp"
#include "io/message_batch.hpp"
#include "io/pace.hpp"
#include "io/shape.hpp"
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

  // Is shown bytes as they pass, a message at a time. What it throws is the flow's failure.
  using Tap = std::function<void(std::span<const std::byte>)>;

  struct Options {
    std::size_t buffer_size = 256 * 1024;  // bytes; the largest message where one is kept
    bool finish = true;                    // tell the far side at the end
    bool hold = false;                     // but not before release()
    bool discard = false;                  // read and drop: the far side is never written to
    Route route = Route::automatic;
    // These three take the buffer, but for max_bytes.
    Shape shape = {};
    Tap on_read = {};     // what came from `from`
    Tap on_written = {};  // what `to` took
    Tap on_first = {};    // what was read first, where that goes through the buffer
    std::function<Clock::time_point()> now = Clock::now;  // for a pace
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
  std::uint64_t received() const noexcept {  // bytes read
    return buffer_.bytes_in() + spliced_ + (batch_ ? batch_->bytes_in() : 0);
  }
  // Bytes written, or dropped.
  std::uint64_t delivered() const noexcept {
    if (filter_) return filter_->bytes_out();
    if (batch_) return batch_->bytes_out();
    return buffer_.bytes_out() + spliced_ - (splice_ ? splice_->held() : 0);
  }
  // Bytes that the shape put in, less those that it left out.
  std::int64_t added() const noexcept { return filter_ ? filter_->added() : 0; }
  // Messages delivered; 0 where neither side keeps them.
  std::uint64_t messages() const noexcept { return messages_; }
  bool input_ended() const noexcept { return input_ended_; }
  // That was by max_bytes or max_messages.
  bool limited() const noexcept { return limited_; }
  // The input has ended, and all of it was written.
  bool delivered_to_end() const noexcept;
  // Nothing moves before then, whatever is ready.
  std::optional<Clock::time_point> paused_until() const noexcept { return paused_until_; }

  std::exception_ptr error() const noexcept { return error_; }
  Side failed_side() const noexcept { return side_; }  // only when failed

  // Nothing more is to be read: deliver what is held, then finish.
  void end_input() noexcept { input_ended_ = true; }
  // No pace any more: what is held goes as fast as it can.
  void hurry() noexcept;
  // The far side may be told of the end.
  void release() noexcept { options_.hold = false; }
  // Nothing more is to be done; what is held counts as not delivered.
  void abandon() noexcept;

 private:
  // What a try to go on came to.
  enum class Step : std::uint8_t { again, wait };
  Step deliver();
  Step refill();
  Step fill_batch();
  Step deliver_batch();
  Step splice();
  void try_kernel_route();
  Step retreat();
  bool at_limit() const noexcept;
  bool end_filter();
  bool filtered();
  std::span<const std::byte> next_to_write() const noexcept;
  void written(std::span<const std::byte>);
  void show(const Tap&, std::span<const std::byte>);

  Channel& from_;
  Channel& to_;
  Options options_;
  Buffer buffer_;
  std::unique_ptr<Filter> filter_;  // null: what is read is what is written
  std::unique_ptr<Pace> pace_;
  std::unique_ptr<MessageBatch> batch_;  // instead of the buffer: messages as they are
  std::exception_ptr read_error_;        // of filling it, while it is not empty
  unsigned alone_ = 0;                   // so many more messages are taken to come alone
  std::optional<Clock::time_point> paused_until_;
  bool keeps_messages_;
  State state_ = State::running;
  bool holding_ = false;  // something to be written: bytes, or an empty message
  bool input_ended_ = false;
  bool limited_ = false;
  bool progress_ = false;  // in this pump()
  std::uint64_t messages_ = 0;
  std::uint64_t messages_read_ = 0;
  std::unique_ptr<Splice> splice_;  // while the bytes go through the kernel
  std::uint64_t spliced_ = 0;       // bytes read that way
  Side blocked_ = Side::reading;    // which side the splice waits for
  bool retreating_ = false;         // what the splice holds is taken back into the buffer
  Side side_ = Side::reading;       // of the last attempt
  std::exception_ptr error_;
};

}  // namespace sock::io
