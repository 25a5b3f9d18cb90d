// Attempts to connect on a loop: the first that succeeds wins.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/loop.hpp"
#include "io/observer.hpp"
#include "sock/timeout.hpp"
#include "wire/attempt.hpp"
#include "wire/dial.hpp"
#include "wire/race.hpp"

namespace sock::wire {

// Either an error or a socket, which is the callee's to move from.
using DialDone = std::function<void(std::exception_ptr, Dialed*)>;

// Runs the paths of a plan as dial() promises. Begins at once, but tells of the end from the loop
// and never from the constructor, once; then it may be destroyed. Destroying it before cancels:
// what is open is closed and nobody is told. The loop and the observer must outlive it.
class Connecting {
 public:
  Connecting(io::Loop&, const DialPlan&, std::vector<Path>, const Deadline&, io::Observer&,
             DialDone);
  ~Connecting();
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

 private:
  struct Runner;
  void go();
  void start(std::size_t);
  void advance(Runner&);
  template <class Step>
  void step(Runner&, Step);
  void failed(Runner&, const Error&);
  void won(Runner&);
  void time_up();
  void end(std::exception_ptr, std::optional<Dialed>);

  io::Loop& loop_;
  io::Observer& observer_;
  DialDone done_;
  std::string target_;
  std::vector<SocketOption> options_;
  std::vector<Path> paths_;  // in the order in which they are tried
  Race race_;
  std::vector<std::unique_ptr<Runner>> runners_;  // those under way, at the places of their paths
  std::vector<Error> failures_;
  std::optional<Dialed> result_;
  io::Timer limit_, next_, report_;
};

}  // namespace sock::wire
