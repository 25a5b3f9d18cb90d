// Our input goes to all peers, and what they send to our output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "io/channel.hpp"
#include "io/ending.hpp"
#include "io/filter.hpp"
#include "io/flow.hpp"
#include "io/loop.hpp"
#include "io/shape.hpp"
#include "serve/mode.hpp"
#include "serve/outbox.hpp"

namespace sock::serve {

struct StdioOptions {
  io::EndRule ending = {};                         // for each peer
  bool shutdown = true;                            // tell peers that the input has ended
  std::optional<io::Clock::duration> linger = {};  // for each peer, from its first end
  io::Shape out_shape = {};                        // of the input on its way to all
  io::Shape in_shape = {};                         // of what comes from each: its rate and framing
  bool messages = false;                           // what peers get are messages
  std::size_t read_size = 65507;  // of the input at once; UDP over IPv4 takes no larger datagram
  // Bytes that may wait for one peer while another takes more.
  std::size_t most_waiting = 1024 * 1024;
};

// The input is read as fast as the fastest peer takes it, and not at all without a peer. A peer
// that falls behind by more than may wait is dropped. When the output takes no more, nothing more
// is read from peers.
class Stdio : public Mode {
 public:
  // Reading or writing failed: the run cannot go on.
  using Failed = std::function<void(std::exception_ptr)>;
  Stdio(io::Loop&, std::unique_ptr<io::Channel> local, StdioOptions, Failed);
  ~Stdio() override;

  std::unique_ptr<Session> serve(Visit, Socket) override;
  bool wants_input() const noexcept override { return options_.ending.in; }
  bool takes_datagrams() const noexcept override { return true; }
  std::unique_ptr<DatagramSession> serve(Visit, DatagramPort&) override;
  void finish(const std::function<void()>& done) override;
  // Bytes of peers, where it failed.
  std::uint64_t unwritten() const noexcept { return unwritten_; }

 private:
  class Taker;
  class Connection;
  class Datagrams;
  class Everybody;

  bool on_local(io::Ready);
  bool pass_input();
  void input_over();
  bool write_output();
  void put_out(const Taker&, std::span<const std::byte>);
  bool output_is_free() const noexcept { return !broken_ && output_.empty(); }
  void for_each_taker(const std::function<void(Taker&)>&);
  bool somebody_is_hungry() const;
  void rearm();
  void rearm_input(bool hungry);
  void watch_local(io::Watch&, FdRef, io::Interest);
  void write_at_once(const Taker&, std::span<const std::byte>);
  void broke(std::exception_ptr);

  io::Loop& loop_;
  std::unique_ptr<io::Channel> local_;
  StdioOptions options_;
  Failed failed_;
  std::vector<Taker*> takers_;
  std::unique_ptr<io::Channel> everybody_;
  io::Flow input_;                    // from the input to everybody
  io::Timer more_input_;              // it is to be gone on with
  bool passing_ = false;              // that happens now
  std::unique_ptr<io::Filter> join_;  // null: messages are written as they are
  std::vector<std::byte> output_;     // what it did not take at once
  bool input_ended_ = false;
  bool broken_ = false;
  std::uint64_t unwritten_ = 0;  // since then
  std::function<void()> finished_;
  // Only the first where one descriptor is both.
  io::Watch read_watch_, write_watch_;
};

}  // namespace sock::serve
