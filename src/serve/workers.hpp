// More threads that serve, each with a loop, a mode, sessions and sockets of its own.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "io/loop.hpp"
#include "io/mailbox.hpp"
#include "io/observer.hpp"
#include "serve/gate.hpp"
#include "serve/mode.hpp"
#include "serve/server.hpp"
#include "serve/sessions.hpp"
#include "wire/listener.hpp"

namespace sock::serve {

// Its functions are called in the thread that made it, whose loop has to turn.
class Workers {
 public:
  using MakeMode = std::function<std::unique_ptr<Mode>(io::Loop&)>;
  struct Calls {
    // Null: all have nobody to serve any more. Else what broke one of them.
    std::function<void(std::exception_ptr)> over;
    // There is room where there was none, or there never will be any more: see
    // Server::look_again().
    std::function<void()> room;
  };

  // All must outlive it. `options` have the gate of the run; the observer is called by all threads.
  Workers(io::Loop&, Sessions::Options options, Reception::Options, io::Observer&, MakeMode, Calls);
  // Ends those who are served.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // One more that serves whoever comes to these.
  void add(std::vector<wire::Listener>);
  void start();
  bool over() const noexcept { return serving_ == 0; }

  // Each calls it, in its own thread; then `done` is called here.
  void each(const std::function<void(Sessions&, Server&)>&, std::function<void()> done = nullptr);
  // The bytes of all, added up, handed over when each has told.
  void count(const std::function<void(const Counts&)>&);

 private:
  struct Worker;
  void gone(std::exception_ptr);

  const Sessions::Options options_;
  const Reception::Options reception_;
  io::Observer& observer_;
  const MakeMode make_mode_;
  const Calls calls_;
  std::size_t serving_ = 0;
  std::vector<std::unique_ptr<Worker>> all_;
  io::Mailbox mailbox_;  // of this thread
};

}  // namespace sock::serve
