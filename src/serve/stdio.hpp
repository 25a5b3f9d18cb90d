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
#include "io/loop.hpp"
#include "serve/mode.hpp"
#include "serve/outbox.hpp"

namespace sock::serve {

struct StdioOptions {
  io::EndRule ending = {};                         // for each peer
  bool shutdown = true;                            // tell peers that the input has ended
  std::optional<io::Clock::duration> linger = {};  // for each peer, from its first end
  // Bytes that may wait for one peer while another takes more.
  std::size_t most_waiting = 1024 * 1024;
};

// The input is read as fast as the fastest peer takes it, and not at all without a peer. A peer
// that falls behind by more than may wait is dropped. When the output takes no more, nothing more
// is read from peers.
class Stdio : public Mode {
 public:
  // The output was closed (null), or reading or writing failed: the run cannot go on.
  using Failed = std::function<void(std::exception_ptr)>;
  Stdio(io::Loop&, std::unique_ptr<io::Channel> local, StdioOptions, Failed);
  ~Stdio() override;

  std::unique_ptr<Session> serve(Visit, Socket) override;
  bool takes_datagrams() const noexcept override { return true; }
  std::unique_ptr<DatagramSession> serve(Visit, DatagramPort&) override;
  void finish(const std::function<void()>& done) override;

 private:
  class Taker;
  class Connection;
  class Datagrams;

  bool on_local(io::Ready);
  bool read_input();
  bool write_output();
  void put_out(const Taker&, std::span<const std::byte>);
  bool output_is_free() const noexcept { return output_.empty(); }
  void for_each_taker(const std::function<void(Taker&)>&);
  void to_all(const Chunk&);
  void rearm();
  void watch_local(io::Watch&, FdRef, io::Interest);
  void broke();

  io::Loop& loop_;
  std::unique_ptr<io::Channel> local_;
  StdioOptions options_;
  Failed failed_;
  std::vector<Taker*> takers_;
  std::unique_ptr<std::byte[]> room_;  // to read the input into
  std::vector<std::byte> output_;      // what it did not take at once
  bool input_ended_ = false;
  bool broken_ = false;
  std::function<void()> finished_;
  // Only the first where one descriptor is both.
  io::Watch read_watch_, write_watch_;
};

}  // namespace sock::serve
